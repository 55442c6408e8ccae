// A full queue is told in the studio's own words: of a 503 Gradio's page would not say why.
(() => {
    const WORDS =
        "The queue is full: the studio has as many requests waiting as it takes. " +
        "Nothing is lost; try again in a moment.";
    const ask = window.fetch;
    window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        const address = asked[0]?.url || String(asked[0]);
        if (answer.status !== 503 || !/\/queue\/join(\?|$)/.test(address)) return answer;
        return Response.json({ detail: WORDS }, { status: 429 });
    };
    // Before the studio's words about an upload Gradio's page puts a number.
    new MutationObserver((changes) => {
        for (const { addedNodes } of changes)
            for (const node of addedNodes)
                for (const said of node.querySelectorAll?.("[data-testid=toast-text]") || [])
                    if (/^HTTP \d+: /.test(said.textContent))
                        said.textContent = said.textContent.replace(/^HTTP \d+: /, "");
    }).observe(document, { childList: true, subtree: true });
})();
