const list = element.querySelector(".choices");
const empty = element.querySelector(".empty");

const show = () => {
    const value = props.value;
    empty.hidden = Boolean(value);
    list.replaceChildren();
    for (const [index, choice] of (value ? value.pictures : []).entries()) {
        const button = document.createElement("button");
        button.className = "choice";
        button.type = "button";
        button.setAttribute("aria-pressed", String(value.chosen.includes(index)));
        const picture = document.createElement("img");
        picture.src = choice.picture;
        picture.alt = "";
        const frame = document.createElement("span");
        frame.className = "choice-picture";
        frame.append(picture);
        if (choice.where) {
            const where = document.createElement("img");
            where.className = "choice-where";
            where.src = choice.where;
            where.alt = "";
            frame.append(where);
        }
        const title = document.createElement("span");
        title.className = "choice-title";
        if (choice.color) {
            const swatch = document.createElement("i");
            swatch.style.background = choice.color;
            title.append(swatch);
        }
        title.append(choice.title);
        const note = document.createElement("span");
        note.className = "choice-note";
        note.textContent = choice.note;
        button.append(frame, title, note);
        button.addEventListener("click", () => trigger("chosen", { index }));
        const card = document.createElement("div");
        card.className = "choice-card";
        card.append(button);
        if (choice.beside) {
            const beside = document.createElement("button");
            beside.className = "chip choice-beside";
            beside.type = "button";
            beside.textContent = choice.beside;
            beside.setAttribute("aria-label", `${choice.beside}: ${choice.title}`);
            beside.addEventListener("click", () => trigger("chosen", { index, beside: true }));
            card.append(beside);
        }
        list.append(card);
    }
};
watch("value", show);
show();
