// The page in the visitor's language, if it is one of the studio's. Words come from Gradio's parts,
// from templates, from scripts and from the studio itself: here all of them are met where they are
// shown, whoever wrote them. Of those in patterns, "{}" stands for anything.
(() => {
    const LANGUAGES = ["de", "fr", "es"];
    const NAMED = ["aria-label", "title", "alt", "placeholder"];
    // Words that the style sheets have.
    const STYLED = {
        drop: "Drop a photo here, paste it, or click to choose one",
        "drop-many": "Drop photos here, or click to choose them",
        tap: "Tap to choose a photo",
        "tap-many": "Tap to choose photos",
        recent: "Recent",
        likely: "Likely colours appear here.",
    };
    const language = (navigator.language || "").slice(0, 2).toLowerCase();
    if (!LANGUAGES.includes(language)) return;
    let words = {};
    let patterns = [];
    const put = new WeakMap(); // what was written into a node, so that it is not met again

    const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const inLanguage = (text) => {
        if (Object.hasOwn(words, text)) return words[text];
        for (const [pattern, translated, joins] of patterns) {
            const parts = pattern.exec(text)?.slice(1);
            if (!parts) continue;
            const inner = parts.map(inLanguage);
            // Words of its own it has none: with none inside either, the text is somebody else's.
            if (joins && inner.every((part, number) => part === parts[number])) continue;
            return translated.replace(/\{\}/g, () => inner.shift());
        }
        return text;
    };
    const translated = (text) => {
        const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(text);
        return inner ? before + inLanguage(inner.replace(/\s+/g, " ")) + after : text;
    };
    const left = (element) => element?.closest("script, style, textarea, [translate=no]");
    const meetText = (node) => {
        if (put.get(node) === node.data || left(node.parentElement)) return;
        const text = translated(node.data);
        put.set(node, text);
        if (text !== node.data) node.data = text;
    };
    const meetElement = (element) => {
        if (left(element)) return;
        for (const name of NAMED) {
            const said = element.getAttribute(name);
            const text = said && translated(said);
            if (said && text !== said) element.setAttribute(name, text);
        }
    };
    const meet = (root) => {
        if (root.nodeType === Node.TEXT_NODE) meetText(root);
        if (root.nodeType !== Node.ELEMENT_NODE) return;
        meetElement(root);
        for (const element of root.querySelectorAll(NAMED.map((name) => `[${name}]`).join()))
            meetElement(element);
        const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) meetText(texts.currentNode);
    };
    const begin = (said) => {
        words = said;
        patterns = Object.entries(said)
            .filter(([text]) => text.includes("{}"))
            .sort(([one], [other]) => other.length - one.length) // the most particular first
            .map(([text, other]) => [
                new RegExp(`^${text.split("{}").map(escaped).join("(.+?)")}$`),
                other,
                !/\p{L}/u.test(text), // as between a file's name and what is wrong with it
            ]);
        const root = document.documentElement;
        root.lang = language;
        for (const [name, text] of Object.entries(STYLED))
            root.style.setProperty(`--words-${name}`, JSON.stringify(inLanguage(text)));
        new MutationObserver((changes) => {
            for (const { type, target, addedNodes } of changes) {
                if (type === "attributes") meetElement(target);
                else if (type === "characterData") meetText(target);
                else for (const node of addedNodes) meet(node);
            }
        }).observe(document, {
            subtree: true,
            childList: true,
            characterData: true,
            attributeFilter: NAMED,
        });
        meet(root);
    };
    fetch(new URL(`words/${language}.json`, location.href))
        .then((answer) => answer.json())
        .then(begin)
        .catch(() => {}); // then the page stays in English
})();
