// A photo that is pasted, or dropped outside of the drop zone, is opened as if it had been chosen.
(() => {
    // Of the two only one is there at a time; neither is where another tab is shown.
    const input = () =>
        document.querySelector("#start input[type=file]") ||
        document.querySelector("#bench input[type=file]");
    const open = (files) => {
        const target = input();
        if (!files.length || !target) return false;
        const kept = new DataTransfer();
        kept.items.add(files[0]);
        target.files = kept.files;
        target.dispatchEvent(new Event("change", { bubbles: true }));
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
})();
