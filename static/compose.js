// Makes writing pleasant: drafts, a preview, people by name, and the progress of uploads.
// Everything works without it.
(() => {
  "use strict";

  const form = document.querySelector("form.composer");
  if (!form) return;
  const root = form.dataset.root;
  const field = (name) => form.elements.namedItem(name);
  const [content, people, file] = ["content", "people", "file"].map(field);
  const preview = form.querySelector(".preview");
  const progress = form.querySelector("progress.upload");
  const later = (delay, run) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(run, delay);
    };
  };
  const ask = (path, fields) =>
    fetch(root + path, { method: "POST", body: new URLSearchParams(fields) }).then((answer) =>
      answer.ok ? answer : Promise.reject(answer),
    );

  // Typed text survives until it is sent.
  const key = `draft ${form.getAttribute("action")} ${form.dataset.draft}`;
  const kept = ["title", "content", "people", "alt"].map(field).filter(Boolean);
  const remember = () => {
    const typed = Object.fromEntries(kept.map((input) => [input.name, input.value]));
    try {
      sessionStorage.setItem(key, JSON.stringify(typed));
    } catch {
      // There is no room, or it is not allowed.
    }
  };
  const forget = () => sessionStorage.removeItem(key);
  const recall = () => {
    let typed = null;
    try {
      typed = JSON.parse(sessionStorage.getItem(key));
    } catch {
      // It is no draft of ours.
    }
    if (!typed || kept.some((input) => input.value !== input.defaultValue)) return;
    if (!form.action.endsWith("/main/edit") && content.value) return;
    for (const input of kept) if (typed[input.name]) input.value = typed[input.name];
    if (typed.title || typed.people || typed.alt) form.querySelector("details")?.setAttribute("open", "");
  };

  const showPreview = later(400, () => {
    const text = content.value;
    const format = field("format").value;
    if (format === "plain" || !/[*_`#>[\]<\-+|~\n]|https?:/.test(text)) {
      preview.hidden = true;
      return;
    }
    ask("/main/preview", { content: text, format })
      .then((answer) => answer.text())
      .then((html) => {
        if (content.value !== text) return;
        preview.innerHTML = html;
        preview.hidden = !html;
      })
      .catch(() => (preview.hidden = true));
  });

  const complete = later(200, () => {
    const [, before, part] = people.value.match(/^(.*[,; ])?(.*)$/s);
    if (part.length < 2) return;
    ask("/main/people", { q: part.replace(/^@/, "") })
      .then((answer) => answer.json())
      .then((found) => {
        const options = found.map(({ address, name }) => {
          const option = document.createElement("option");
          option.value = `${before ?? ""}${address}`;
          option.label = name ? `${name} (${address})` : address;
          return option;
        });
        people.list.replaceChildren(...options);
      })
      .catch(() => {});
  });

  // A file is chosen by a button that says its name; then it can be described beside it.
  const label = form.querySelector('label[for="compose-file"]');
  const described = form.querySelector(".described");
  const words = label?.textContent;
  const showFile = () => {
    const name = file.files[0]?.name;
    label.querySelector("span").textContent = name ?? words;
    if (name) form.querySelector(".row").before(described);
    else form.querySelector(".options").append(described);
  };
  if (label) {
    label.classList.remove("hidden");
    file.classList.add("hidden");
    file.addEventListener("change", showFile);
    if (file.files.length) showFile();
  }

  // Of a form that comes back the alert is shown, and an upload is kept.
  const finish = (request) => {
    if (request.status < 400) {
      forget();
      const target = new URL(field("back")?.value || request.responseURL, location.href);
      const isHere = target.href.split("#")[0] === location.href.split("#")[0];
      location.assign(target);
      if (isHere && target.hash) location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const alert = page.querySelector(".composer .alert, main .alert, main .card p");
    // A proxy in between has no such page, and its words are for its operator.
    const tooLarge = request.status === 413 ? form.dataset.tooLarge : null;
    const sentence = alert?.textContent ?? tooLarge ?? form.dataset.offline;
    refuse(sentence, alert?.querySelector("a"));
    for (const name of ["uploaded", "uploaded-kind"]) {
      const input = page.querySelector(`.composer input[name="${name}"]`);
      if (input && !field(name)) form.append(document.importNode(input, true));
      if (input && file) {
        file.value = "";
        showFile();
      }
    }
    busy(false);
  };
  const busy = (is) => {
    form.querySelector("button[type=submit]").disabled = is;
    if (progress) progress.hidden = !is || !file?.files.length;
    if (progress) progress.value = 0;
  };
  const refuse = (sentence, link) => {
    form.querySelector(".alert")?.remove();
    const alert = document.createElement("p");
    alert.className = "alert";
    alert.setAttribute("role", "alert");
    alert.textContent = link ? sentence.replace(link.textContent, "") : sentence;
    if (link) alert.append(document.importNode(link, true));
    form.prepend(alert);
    alert.scrollIntoView({ block: "nearest" });
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    remember();
    if (file?.files[0]?.size > Number(form.dataset.maxBytes)) {
      refuse(form.dataset.tooLarge);
      return;
    }
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (progress) progress.value = (loaded / total) * 100;
    });
    request.addEventListener("load", () => finish(request));
    request.addEventListener("error", () => {
      busy(false);
      refuse(form.dataset.offline);
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.send(new FormData(form));
    busy(true);
  });
  form.addEventListener("input", remember);
  form.querySelector(".buttons a")?.addEventListener("click", forget);
  content.addEventListener("input", showPreview);
  field("format").addEventListener("change", showPreview);
  people?.addEventListener("input", complete);
  recall();
  if (content.value) showPreview();
})();
