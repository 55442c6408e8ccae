// Whoever waits for others sees how many are before them.
(() => {
    const SOON = 800; // milliseconds until it is worth a word
    const ask = window.fetch;
    const places = new Map(); // of the requests that wait, by their numbers
    let shown = 0;

    const line = () => {
        let found = document.querySelector("#waiting");
        if (!found) {
            found = document.createElement("p");
            found.id = "waiting";
            found.setAttribute("role", "status");
            document.body.append(found);
        }
        return found;
    };
    const show = () => {
        shown = 0;
        const before = Math.min(...places.values());
        line().textContent = !places.size
            ? ""
            : before > 0
              ? `Waiting: ${before} before you`
              : "Waiting: you are next";
    };
    const note = ({ msg, event_id: number, rank }) => {
        if (msg === "estimation" && Number.isInteger(rank)) places.set(number, rank);
        else if (number) places.delete(number);
        else return;
        if (!places.size) {
            clearTimeout(shown);
            show();
        } else if (document.querySelector("#waiting")?.textContent) show();
        else shown = shown || setTimeout(show, SOON);
    };
    // What is long is a result, of which the number alone matters.
    const hear = (one) => {
        if (!one.startsWith("data: {")) return;
        if (one.length < 2000) note(JSON.parse(one.slice(5)));
        else note({ event_id: /"event_id":\s*"(\w+)"/.exec(one)?.[1] });
    };
    const listen = async (body) => {
        let rest = "";
        try {
            const reader = body.getReader();
            const text = new TextDecoder(); // lighter than a stream of it
            for (;;) {
                const { done, value } = await reader.read();
                if (done) break;
                const lines = (rest + text.decode(value, { stream: true })).split("\n");
                rest = lines.pop();
                for (const one of lines) hear(one);
            }
        } catch {
            // the connection broke, or makes no sense
        }
        places.clear();
        show();
    };
    window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        const address = asked[0]?.url || String(asked[0]);
        if (!answer.body || !/\/queue\/data(\?|$)/.test(address)) return answer;
        const [gradios, ours] = answer.body.tee();
        void listen(ours);
        return new Response(gradios, { status: answer.status, headers: answer.headers });
    };
})();
