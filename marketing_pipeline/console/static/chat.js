// The answer as it comes: words, tools and proposals. Without this script the form waits for the whole answer.
(() => {
  const form = document.getElementById("say");
  const log = document.getElementById("log");
  if (!form || !log || !window.ReadableStream) return;
  const box = document.getElementById("text");
  const send = document.getElementById("send");
  const stop = document.getElementById("stop");
  let running = null;

  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  const link = ({ path, label }, className) => {
    const made = make("a", className, label);
    made.href = path;
    return made;
  };
  // A reader who has scrolled up stays where they are.
  const follow = (change) => {
    const page = document.scrollingElement;
    const near = page.scrollHeight - page.scrollTop - page.clientHeight < 120;
    change();
    if (near) page.scrollTop = page.scrollHeight;
  };

  function said(className, hidden) {
    const bubble = make("div", `said ${className}`);
    bubble.append(make("span", "visually-hidden", hidden));
    log.append(bubble);
    return bubble;
  }

  function refusal(bubble, message, mend) {
    const notice = make("div", "notice bad");
    notice.setAttribute("role", "alert");
    notice.append(make("p", "", message));
    if (mend) notice.append(make("p", "", mend));
    bubble.append(notice);
  }

  // Draws the events of one answer into its bubble.
  function answering(bubble) {
    const tools = new Map();
    const prose = make("div", "prose words");
    const proposals = make("div", "proposals");
    const waiting = make("span", "waiting quiet", "Thinking…");
    bubble.append(prose, proposals, waiting);
    return {
      said: ({ text }) => {
        waiting.remove();
        prose.append(text);
      },
      tool_started: (event) => {
        const row = make("details", "tool");
        const line = make("summary");
        line.append(make("code", "", event.tool), " ", make("span", "quiet", "at work…"));
        row.append(line);
        if (event.arguments) row.append(make("p", "quiet", "Asked"), make("pre", "words", event.arguments));
        tools.set(event.id, row);
        bubble.insertBefore(row, prose);
        waiting.textContent = "";
      },
      tool_done: (event) => {
        const row = tools.get(event.id);
        if (row) {
          const tone = { ok: "good", refused: "bad", failed: "bad" }[event.outcome];
          row.classList.add(tone);
          const line = row.querySelector("summary");
          line.lastChild.remove();
          line.append(make("span", `badge ${tone}`, event.outcome), " ", make("span", "quiet", `${(event.milliseconds / 1000).toFixed(1)} s`));
          row.append(make("p", "quiet", "Answered"), make("p", "", event.summary));
        }
        for (const { path } of event.proposals) {
          const card = link({ path, label: "" }, "proposal");
          card.append(make("strong", "", "Proposal"), " ", make("span", "", event.summary), " ", make("span", "quiet", "A person decides: open it"));
          proposals.append(card);
        }
        if (!prose.textContent) {
          waiting.textContent = "Thinking…";
          bubble.append(waiting);
        }
      },
      finished: (event) => {
        waiting.remove();
        prose.classList.remove("words");
        // Made and escaped by the server; the policy of the page lets no script in it run.
        prose.innerHTML = event.html;
        const linked = new Set([...bubble.querySelectorAll("a")].map((each) => each.getAttribute("href")));
        const further = event.links.filter(({ path }) => !linked.has(path)).slice(0, 8);
        if (further.length) {
          const row = make("p", "row");
          for (const each of further) row.append(link(each, "badge"));
          bubble.insertBefore(row, proposals);
        }
      },
      failed: (event) => {
        waiting.remove();
        refusal(bubble, event.message, event.mend);
      },
    };
  }

  async function listen(body, handlers) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let ended = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ended;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const name = /^event: (.*)$/m.exec(part)?.[1];
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (!name || !data || !handlers[name]) continue;
        ended ||= name === "finished" || name === "failed";
        follow(() => handlers[name](JSON.parse(data)));
      }
    }
  }

  const post = (path, fields, accept, signal) =>
    fetch(path, {
      method: "POST",
      headers: { "X-CSRF-Token": document.body.dataset.csrf, Accept: accept },
      body: new URLSearchParams(fields),
      signal,
    });

  async function refusedBy(answer) {
    if (answer.redirected || answer.status === 401) return { error: "You are not signed in any more.", mend: "Load the page again." };
    try {
      return await answer.json();
    } catch {
      return { error: `The console answered ${answer.status}.`, mend: "Load the page again." };
    }
  }

  // The first question begins the conversation; the page then stands under its address.
  async function place(signal) {
    if (!form.dataset.starts) return form.getAttribute("action");
    const about = form.elements.brand?.value || "";
    const answer = await post(form.dataset.starts, { brand: about }, "application/json", signal);
    if (!answer.ok || answer.redirected) throw await refusedBy(answer);
    const { path } = await answer.json();
    form.action = `${path}/say`;
    form.dataset.starts = "";
    form.querySelector(".field")?.remove();
    history.replaceState(null, "", path);
    document.getElementById("over").hidden = false;
    return form.getAttribute("action");
  }

  async function ask(text) {
    document.getElementById("welcome")?.remove();
    follow(() => said("person", "You said:").append(text));
    const bubble = said("answer", "Answer:");
    const handlers = answering(bubble);
    document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
    running = new AbortController();
    log.setAttribute("aria-busy", "true");
    send.disabled = true;
    stop.hidden = false;
    let taken = false;
    try {
      const path = await place(running.signal);
      const answer = await post(path, { text }, "text/event-stream, application/json", running.signal);
      if (!answer.ok || answer.redirected) throw await refusedBy(answer);
      taken = true;
      const whole = await listen(answer.body, handlers);
      if (!whole) throw { error: "The connection broke off.", mend: "Load the page to see how far the answer came." };
    } catch (problem) {
      const stopped = problem.name === "AbortError";
      // What was not taken is not lost: it stands in the box again.
      if (!taken && !box.value) box.value = text;
      const error = stopped ? "Stopped." : problem.error || "The console cannot be reached.";
      handlers.failed({ message: error, mend: stopped ? "" : problem.mend || "See whether it still runs, then ask again." });
    } finally {
      running = null;
      log.removeAttribute("aria-busy");
      send.disabled = false;
      stop.hidden = true;
      box.focus();
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text || running) return;
    box.value = "";
    ask(text);
  });
  document.addEventListener("click", (event) => {
    const suggestion = event.target.closest("[data-suggests]");
    if (!suggestion) return;
    event.preventDefault();
    if (!running) ask(suggestion.value);
  });
  stop.addEventListener("click", () => running?.abort());
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  document.getElementById("newest")?.scrollIntoView({ block: "center" });
  box.focus({ preventScroll: true });
})();
