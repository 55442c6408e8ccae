// A photo that is pasted, or dropped outside of the drop zone, is opened as if it had been chosen.
// Several go to the folder.
(() => {
    // Of the two only one is there at a time; neither is where another tab is shown.
    const input = () =>
        document.querySelector("#start input[type=file]") ||
        document.querySelector("#bench input[type=file]");
    const many = () => document.querySelector("#folder-files input[type=file]");
    const give = (files, target) => {
        const kept = new DataTransfer();
        for (const file of files) kept.items.add(file);
        target.files = kept.files;
        target.dispatchEvent(new Event("change", { bubbles: true }));
    };
    // The folder is made when it is first shown.
    const toFolder = (files, tries = 100) => {
        for (const tab of document.querySelectorAll("[role=tab][aria-selected=false]"))
            if (tab.textContent.trim() === "Folder") tab.click();
        if (many()) give(files, many());
        else if (tries) setTimeout(toFolder, 50, files, tries - 1);
    };
    const open = (files) => {
        if (files.length > 1) {
            toFolder(files);
            return true;
        }
        const target = input();
        if (!files.length || !target) return false;
        give(files, target);
        return true;
    };
    const typing = (target) => target.closest?.("input:not([type=range]), textarea");
    document.addEventListener("paste", (event) => {
        if (!typing(event.target) && open([...(event.clipboardData?.files || [])]))
            event.preventDefault();
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
        event.preventDefault();
        if (!event.target.closest?.("#drop, #folder-files"))
            open([...(event.dataTransfer?.files || [])]);
    });
    // The drop zone would take the first of several, and say nothing of the others.
    const several = (event) => {
        const files = [...(event.dataTransfer?.files || [])];
        if (files.length < 2 || !event.target.closest?.("#drop")) return;
        event.preventDefault();
        event.stopPropagation();
        open(files);
    };
    document.addEventListener("drop", several, true);
    // The zones are called by the words that are seen on them, which the style sheet has.
    const name = () => {
        for (const zone of document.querySelectorAll("button.upload-container")) {
            const wrap = zone.querySelector(".wrap");
            const words = wrap && getComputedStyle(wrap, "::after").content;
            const said = /^"(.+)"$/.exec(words || "")?.[1];
            if (said && zone.ariaLabel !== said) zone.ariaLabel = said;
            else if (!said) zone.removeAttribute("aria-label");
        }
    };
    new MutationObserver(name).observe(document, { childList: true, subtree: true });
    window.addEventListener("load", name);
})();
