const list = element.querySelector(".tray");
const status = element.querySelector(".tray-status");

const shownTab = () =>
    document.querySelector("#tabs [role=tab][aria-selected=true]")?.dataset.tabId || "";
const makeButton = (className, label, event, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.setAttribute("aria-label", label);
    button.title = label;
    button.addEventListener("click", () => trigger(event, { index, tab: shownTab() }));
    return button;
};
const show = () => {
    const value = props.value;
    if (!value) return;
    status.textContent = value.status || "";
    if (!value.photos) return;
    list.replaceChildren();
    for (const [index, photo] of value.photos.entries()) {
        const item = document.createElement("div");
        item.className = "tray-photo";
        const picture = document.createElement("img");
        picture.src = photo.picture;
        picture.alt = "open" in photo ? "" : photo.name;
        let shown = picture;
        if ("open" in photo) {
            shown = makeButton("tray-open", photo.name, "chosen", index);
            shown.setAttribute("aria-pressed", String(photo.open));
            shown.append(picture);
        }
        const out = makeButton("tray-out", `Take out ${photo.name}`, "removed", index);
        out.textContent = "×";
        item.append(shown, out);
        list.append(item);
    }
};
watch("value", show);
show();
