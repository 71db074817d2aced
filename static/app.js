// What the page does beyond links and forms: it moves the focus to what was
// swapped in, counts down, shows times as they are here, and says one sentence
// every ten seconds to those who listen. Without this file everything works.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  // Times are written in UTC; the title has them as they are here.
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  function localTimes(within) {
    for (const time of within.querySelectorAll("time[data-local]:not([title])")) {
      const date = new Date(time.dateTime);
      if (!Number.isNaN(date.getTime())) time.title = local.format(date);
    }
  }

  function length(seconds) {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  }

  // The page's times are of the server's clock, which may differ from this one's: a
  // button must not be held for the hours between them.
  const ahead = new Date(document.documentElement.dataset.now) - Date.now() || 0;
  const serverNow = () => Date.now() + (Math.abs(ahead) < 10000 ? 0 : ahead);

  // A button that Telegram would refuse is held until its time; the server
  // refuses it, too.
  function hold() {
    for (const button of document.querySelectorAll("button[data-hold-until]")) {
      button.disabled = new Date(button.dataset.holdUntil) > serverNow();
      if (!button.disabled) button.removeAttribute("data-hold-until");
    }
    for (const note of document.querySelectorAll("[data-until-gone]")) {
      const left = Math.ceil((new Date(note.dataset.untilGone) - serverNow()) / 1000);
      if (left <= 0) { note.remove(); continue; }
      const time = note.querySelector("time[data-seconds]");
      const text = left < 60 ? `${left} second${left === 1 ? "" : "s"}` : length(left);
      if (time && time.textContent !== text) time.textContent = text;
    }
  }

  function countDown() {
    hold();
    for (const time of document.querySelectorAll("time[data-countdown]")) {
      const left = Math.ceil((new Date(time.dateTime) - serverNow()) / 1000);
      const text = left > 0 ? `${length(left)} left` : "any moment now";
      if (time.textContent !== text) time.textContent = text;
      if (!time.title) time.title = local.format(new Date(time.dateTime));
    }
  }

  // One sentence every ten seconds, and only when it is a new one. The first
  // sentence of a page is not said: it has just been read.
  let said = document.getElementById("live-head")?.dataset.say;
  function say() {
    const sentence = document.getElementById("live-head")?.dataset.say;
    const region = document.getElementById("announce");
    if (!sentence || sentence === said || !region) return;
    said = sentence;
    region.textContent = sentence;
  }

  // What was asked for takes the focus: a form's mistakes, else its heading.
  // What a websocket pushes never does.
  function focusOn(event) {
    const ctx = event.detail?.ctx;
    const view = ctx?.request && ctx.target?.id && document.getElementById(ctx.target.id);
    if (!view) return;
    const heading = view.querySelector("[data-focus]");
    if (!heading) return;
    const stays = view.id === "live" && view.contains(document.activeElement);
    if (!stays) heading.focus({ preventScroll: view.id === "look" });
    if (view.id === "view") window.scrollTo(0, 0);
    if (view.id === "look") showTabs(view);
  }

  // Tabs that were opened below a long list come into sight.
  function showTabs(look) {
    const top = look.getBoundingClientRect().top;
    if (top < 0 || top > window.innerHeight / 2) look.scrollIntoView({ block: "start" });
  }

  // On a phone the row of tabs is wider than the page: the open one is shown.
  function currentTab() {
    const bar = document.querySelector(".tabs");
    const tab = bar?.querySelector("[aria-current]");
    if (tab) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
  }

  document.addEventListener("htmx:after:swap", (event) => {
    focusOn(event);
    if (event.detail?.ctx?.request) currentTab();
    localTimes(document);
    countDown();
  });

  // A page that asks again and again may have gone on before an answer comes: that
  // answer would throw the person back, or away what was typed meanwhile.
  document.addEventListener("htmx:before:response", (event) => {
    const ctx = event.detail?.ctx;
    if (ctx?.sourceEvent?.type === "every" && !ctx.sourceElement.isConnected) event.preventDefault();
  });

  // An answer that never came is said in the page, beside what was pressed.
  document.addEventListener("htmx:error", (event) => {
    const ctx = event.detail?.ctx;
    if (!ctx?.request) return;
    const region = document.getElementById("announce");
    const note = document.getElementById("unreached") ?? document.createElement("p");
    note.id = "unreached";
    note.className = "note";
    note.textContent = "telegramtrac does not answer. Check that it is still running and try again; what you typed is still here.";
    document.getElementById("main")?.prepend(note);
    if (region) region.textContent = note.textContent;
  });
  document.addEventListener("htmx:after:request", () => document.getElementById("unreached")?.remove());

  // The program may stop while a page listens: the page says so, and that it
  // tries again, until it hears something.
  function lost(event) {
    const detail = event.detail ?? {};
    const meant = [1000, 1012].includes(detail.code) || detail.reason === "removed" || detail.reason === "cancelled";
    if (meant || document.hidden || document.getElementById("lost")) return;
    const note = document.createElement("p");
    note.id = "lost";
    note.className = "note";
    note.textContent = "Connection lost, trying again. Collecting goes on as long as telegramtrac runs.";
    document.getElementById("main")?.prepend(note);
    const region = document.getElementById("announce");
    if (region) region.textContent = note.textContent;
  }
  document.addEventListener("htmx:ws:close", lost);
  document.addEventListener("htmx:ws:error", lost);
  document.addEventListener("htmx:ws:after:message:incoming", () => {
    document.getElementById("lost")?.remove();
    document.getElementById("unreached")?.remove();
  });

  // What is too large to be uploaded is said before it is sent.
  document.addEventListener("change", (event) => {
    const form = event.target.matches?.("input[data-max-bytes]") && event.target.form;
    if (!form) return;
    const inputs = [...form.querySelectorAll("input[data-max-bytes]")];
    const size = inputs.flatMap((input) => [...input.files]).reduce((sum, file) => sum + file.size, 0);
    const over = size > Number(event.target.dataset.maxBytes);
    for (const input of inputs) input.setCustomValidity("");
    if (!over) return;
    const mb = (bytes) => `${Math.ceil(bytes / 1e6)} MB`;
    event.target.setCustomValidity(`These files are ${mb(size)} together. At most ${mb(Number(event.target.dataset.maxBytes))} can be uploaded at once.`);
    event.target.reportValidity();
  });

  function start() {
    currentTab();
    window.addEventListener("resize", currentTab);
    localTimes(document);
    countDown();
    setInterval(countDown, 1000);
    setInterval(say, 10000);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
