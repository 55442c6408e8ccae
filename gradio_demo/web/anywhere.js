// A photo that is pasted, or dropped outside of the drop zone, is opened as if it had been chosen.
// Several are put into the tray, as is a saved one; more than it takes go to the folder.
(() => {
    // Of the two only one is there at a time; neither is where another tab is shown.
    const input = () =>
        document.querySelector("#start input[type=file]") ||
        document.querySelector("#others input[type=file]");
    const many = () => document.querySelector("#folder-files input[type=file]");
    const give = (files, target) => {
        const kept = new DataTransfer();
        for (const file of files) kept.items.add(file);
        target.files = kept.files;
        target.dispatchEvent(new Event("change", { bubbles: true }));
    };
    // A tab is made when it is first shown.
    const toTab = (id, target, files, tries = 100) => {
        for (const tab of document.querySelectorAll("[role=tab][aria-selected=false]"))
            if (tab.dataset.tabId === id) tab.click();
        if (target()) give(files, target());
        else if (tries) setTimeout(toTab, 50, id, target, files, tries - 1);
    };
    const toFolder = (files) => toTab("folder", many, files);
    const isTray = (files) => files.some((file) => /\.colorize$/i.test(file.name));
    const hasTray = () => document.querySelectorAll("#tray .tray-photo").length > 0;
    const inFolder = () => document.querySelector("#folder-files")?.offsetParent;
    const mostInTray = () => Number(document.querySelector("meta[name=most-in-tray]").content);
    const toTray = (files) =>
        give(files, document.querySelector("#tray-buttons input[type=file]"));
    const open = (files) => {
        if (inFolder() || files.length > mostInTray()) {
            toFolder(files);
            return true;
        }
        if (files.length > 1 || isTray(files) || (files.length && hasTray())) {
            toTray(files);
            return true;
        }
        if (files.length) toTab("colorize", input, files);
        return files.length > 0;
    };
    const typing = (target) => target.closest?.("input:not([type=range]), textarea");
    document.addEventListener("paste", (event) => {
        if (!typing(event.target) && open([...(event.clipboardData?.files || [])]))
            event.preventDefault();
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
        event.preventDefault();
        const files = [...(event.dataTransfer?.files || [])];
        const like = event.target.closest?.(".like-part");
        if (like && files.length) give(files, like.querySelector("input[type=file]"));
        else if (!event.target.closest?.("#drop, #folder-files, #film-file")) open(files);
    });
    // The drop zone would take the first of several, and say nothing of the others.
    const isOne = (files) => files.length < 2 && !isTray(files);
    const several = (event) => {
        const files = [...((event.dataTransfer || event.target).files || [])];
        const place = event.target.closest?.(".like-part, #start, #bench");
        if (isOne(files) || !place || place.matches(".like-part")) return;
        event.preventDefault();
        event.stopPropagation();
        open(files);
    };
    document.addEventListener("drop", several, true);
    document.addEventListener("change", several, true);
    // The zones are called by the words that are seen on them, which the style sheet has.
    const name = () => {
        const input = document.querySelector("#drop input[type=file]");
        if (input && !input.multiple) input.multiple = true;
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
