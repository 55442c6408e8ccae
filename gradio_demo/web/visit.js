// Who this page is to the studio. A token, private to this window, brings a visit back after a reload;
// the connection that says the page is there is made anew whenever it breaks. Uploads say which visit
// they belong to, so that they go with it even where they were never used.
(() => {
    const KEY = "colorize-token";
    const SILENCE = 45000; // milliseconds: the studio says something every 15 seconds
    const send = window.fetch;
    let visit = "";
    let token = "";

    const kept = () => {
        try {
            return sessionStorage.getItem(KEY) || "";
        } catch {
            return ""; // the browser keeps nothing
        }
    };
    const keep = (value) => {
        token = value;
        try {
            sessionStorage.setItem(KEY, value);
        } catch {
            // then a reload begins anew
        }
    };
    const made = () =>
        [...crypto.getRandomValues(new Uint8Array(16))]
            .map((byte) => byte.toString(16).padStart(2, "0"))
            .join("");

    // A duplicated window has the token, too: it asks whether another one is using it.
    const windows = new BroadcastChannel(KEY);
    const isUsed = (asked) =>
        new Promise((answer) => {
            const hear = ({ data }) => data.used === asked && answer(true);
            windows.addEventListener("message", hear);
            windows.postMessage({ asked });
            setTimeout(() => {
                windows.removeEventListener("message", hear);
                answer(false);
            }, 150);
        });
    const ready = (async () => {
        const before = kept();
        keep(before && !(await isUsed(before)) ? before : made());
        windows.addEventListener("message", ({ data }) => {
            if (data.asked === token) windows.postMessage({ used: token });
        });
    })();

    // Said before anything is sent; the studio says the same of what comes another way.
    const tooLarge = (body) => {
        if (!(body instanceof FormData)) return "";
        const most = Number(document.querySelector("meta[name=most-bytes]")?.content) || Infinity;
        const file = body.getAll("files").find((one) => one.size > most);
        const size = (bytes) => Number((bytes / 2 ** 20).toPrecision(3));
        return file
            ? `${file.name}: ${size(file.size)} MB are more than the ${size(most)} MB of this ` +
                  "studio (--most-megabytes raises that); make it smaller, or use: colorize photo"
            : "";
    };

    const withHeaders = (asked, added) => {
        const [what, how] = asked;
        const headers = new Headers(how?.headers || what.headers);
        for (const [name, value] of Object.entries(added)) headers.set(name, value);
        return [what, { ...how, headers }];
    };

    // To Gradio's page this is one connection that never breaks.
    const connection = (address, ended) => {
        const start = async (out) => {
            let pause = 0;
            while (!ended?.aborted) {
                const asked = new AbortController();
                const giveUp = () => asked.abort();
                let quiet = setTimeout(giveUp, SILENCE);
                ended?.addEventListener("abort", giveUp);
                try {
                    const headers = { "X-Colorize-Token": token };
                    const answer = await send(address, { headers, signal: asked.signal });
                    const reader = answer.body.getReader();
                    for (;;) {
                        const { done, value } = await reader.read();
                        if (done) break;
                        pause = 0;
                        clearTimeout(quiet);
                        quiet = setTimeout(giveUp, SILENCE);
                        out.enqueue(value);
                    }
                } catch {
                    // it is tried again
                }
                clearTimeout(quiet);
                ended?.removeEventListener("abort", giveUp);
                pause = Math.min(Math.max(2 * pause, 500), 5000);
                await new Promise((done) => setTimeout(done, pause));
            }
            out.close();
        };
        const headers = { "Content-Type": "text/event-stream" };
        return new Response(new ReadableStream({ start: (out) => void start(out) }), { headers });
    };

    window.fetch = async (...asked) => {
        const address = asked[0]?.url || String(asked[0]);
        if (!/\/gradio_api\//.test(address)) return send(...asked);
        await ready;
        const beating = /\/gradio_api\/heartbeat\/(\w+)/.exec(address);
        if (beating) {
            visit = beating[1];
            return connection(address, asked[1]?.signal || asked[0].signal);
        }
        const large = tooLarge(asked[1]?.body);
        if (large) return new Response(large, { status: 413 });
        const added = { "X-Colorize-Token": token };
        if (visit && /\/gradio_api\/upload(\?|$)/.test(address)) added["X-Colorize-Visit"] = visit;
        return send(...withHeaders(asked, added));
    };

    // A page from the browser's memory shows what was true when it was left.
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
    window.forgetVisit = () => {
        try {
            sessionStorage.removeItem(KEY);
        } catch {
            // nothing was kept
        }
        location.reload();
    };
})();
