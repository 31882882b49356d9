// Makes pages pleasant: times relative, pictures large. Everything works without it.
(() => {
  "use strict";

  const language = document.documentElement.lang || "en";
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const long = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

  function spoken(then, now) {
    const seconds = Math.round((then - now) / 1000);
    if (Math.abs(seconds) < 60) return relative.format(0, "second");
    if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), "minute");
    if (Math.abs(seconds) < 86400) return relative.format(Math.round(seconds / 3600), "hour");
    return then.getFullYear() === now.getFullYear() ? short.format(then) : long.format(then);
  }

  function showTimes() {
    const now = new Date();
    for (const element of document.querySelectorAll("time[datetime]")) {
      const then = new Date(element.dateTime);
      if (Number.isNaN(then.getTime())) continue;
      element.textContent = spoken(then, now);
      element.title = full.format(then);
    }
  }

  function showLarge(event) {
    const link = event.target.closest("a[data-lightbox]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    dialog.className = "lightbox";
    const picture = document.createElement("img");
    picture.src = link.href;
    picture.alt = link.querySelector("img")?.alt ?? "";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = link.dataset.lightbox;
    dialog.setAttribute("aria-label", picture.alt || link.dataset.lightbox);
    dialog.append(picture, close);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // Listens to a live feed from after an activity, if one is given. A hidden tab rests, and a
  // connection that was lost goes on where it was.
  function follow(address, last, listeners) {
    if (!window.EventSource) return;
    let source = null;
    const open = () => {
      if (source || document.hidden) return;
      source = new EventSource(address + (last ? `?since=${encodeURIComponent(last)}` : ""));
      source.addEventListener("activity", (event) => (last = event.lastEventId || last));
      for (const [name, listener] of Object.entries(listeners)) {
        source.addEventListener(name, listener);
      }
    };
    const close = () => {
      source?.close();
      source = null;
    };
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", open);
    open();
  }

  // Counts new posts above a timeline.
  function countPosts() {
    const news = document.querySelector(".news[data-live]");
    if (!news) return;
    const link = news.querySelector("a");
    const words = link.textContent;
    let count = 0;
    const show = (number) => {
      link.textContent = words.replace("#", number);
      news.hidden = false;
    };
    const newest = document.querySelector("#feed > [data-id]")?.dataset.id;
    const listeners = { activity: () => show((count += 1)), reload: () => show("") };
    follow(news.dataset.live, newest, listeners);
  }

  // Counts what the reader is told of.
  function countNotices() {
    const link = document.getElementById("notices-link");
    if (!link) return;
    const count = link.querySelector(".count");
    const add = () => {
      count.textContent = Number(count.textContent) + 1;
      count.hidden = false;
    };
    follow(link.dataset.live, null, { activity: add });
  }

  async function copyText(event) {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.done;
  }

  // Browsers give pages without TLS no clipboard.
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
    document.addEventListener("click", copyText);
  }

  // A menu is closed by a click beside it, or by Escape.
  function closeMenus(event) {
    const isKey = event.type === "keydown";
    if (isKey && event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open], details.more-menu[open]")) {
      if (!isKey && menu.contains(event.target)) continue;
      if (isKey && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  }

  document.addEventListener("click", showLarge);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", closeMenus);
  const tab = document.querySelector(".tabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.clientWidth / 3;
  countPosts();
  countNotices();
  showTimes();
  setInterval(() => document.hidden || showTimes(), 30000);
})();
