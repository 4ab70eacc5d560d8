// Comforts only: every page does its work without this file.
"use strict";

const errorBox = document.querySelector(".error-summary");
if (errorBox) errorBox.focus();

// Characters left. The limit leaves the field, so that a long paste is shown as too long instead of being cut.
for (const field of document.querySelectorAll("textarea[maxlength]")) {
  const limit = Number(field.getAttribute("maxlength"));
  field.removeAttribute("maxlength");
  const seen = document.createElement("div");
  seen.className = "hint";
  seen.setAttribute("aria-hidden", "true");
  const heard = document.createElement("div");
  heard.className = "visually-hidden";
  heard.setAttribute("role", "status");
  field.after(seen, heard);
  let pause;
  const count = () => {
    const left = limit - Array.from(field.value.trim()).length;
    const characters = `${Math.abs(left).toLocaleString("en-GB")} ${Math.abs(left) === 1 ? "character" : "characters"}`;
    seen.textContent = left < 0 ? `${characters} too many` : `${characters} left`;
    clearTimeout(pause);
    pause = setTimeout(() => { heard.textContent = left < limit / 10 ? seen.textContent : ""; }, 1000);
  };
  field.addEventListener("input", count);
  count();
}

const moneyIn = (currency) => {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  return (sum) => format.format(sum).replace(/\.00$/, "");
};

// The total while typing. <output data-total data-currency="EUR"> sits in the form; its hours stand in data-hours,
// or are typed in the field "estimated_hours".
const number = (text) => {
  const bare = text.replace(/[^\d.,]/g, "").replace(/[.,](?=\d{3}(\D|$))/g, "").replace(",", ".");
  return bare === "" ? NaN : Number(bare);
};
for (const output of document.querySelectorAll("output[data-total]")) {
  const form = output.closest("form");
  const money = moneyIn(output.dataset.currency || "EUR");
  const rate = form.elements.hourly_rate;
  const hours = form.elements.estimated_hours;
  const add = () => {
    const total = number(rate.value) * (output.dataset.hours ? Number(output.dataset.hours) : number(hours.value));
    output.textContent = Number.isFinite(total) ? `About ${money(total)} in all` : "";
  };
  form.addEventListener("input", add);
  add();
}

for (const field of document.querySelectorAll("input[type=password]")) {
  const box = document.createElement("div");
  box.className = "with-button";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary";
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} ${field.labels[0]?.textContent.trim().toLowerCase() || "password"}`);
  };
  show(false);
  button.addEventListener("click", () => show(field.type === "password"));
  // A browser offers to remember what stood in a text field, so the password hides again before it is sent.
  field.form?.addEventListener("submit", () => show(false));
  field.replaceWith(box);
  box.append(field, button);
}

// The photo that was chosen, before it is sent; below its field, which keeps its place and the focus. As a data:
// address, which the content security policy allows.
for (const field of document.querySelectorAll("input[type=file]:not([multiple])")) {
  const seen = new Image(96, 96);
  seen.className = "face large";
  seen.alt = "The photo that you chose";
  seen.addEventListener("load", () => field.after(seen));
  field.addEventListener("change", () => {
    seen.remove();
    const reader = new FileReader();
    reader.addEventListener("load", () => { seen.src = reader.result; });
    if (field.files[0]?.type.startsWith("image/")) reader.readAsDataURL(field.files[0]);
  });
}

// A second click on the same button does not send twice; going back in the browser lifts the guard.
const sent = new Set();
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
  // Whoever stops the page from loading can send again.
  setTimeout(() => sent.delete(event.target), 5000);
});
window.addEventListener("pageshow", () => sent.clear());

// Back to the list that a stranger comes from: a page without an account is kept for all, so it cannot know.
const back = document.querySelector("a[data-back]");
if (back && document.referrer.startsWith(`${location.origin}${back.pathname}?`)) back.href = document.referrer;

// An address is copied by a click; without this, by hand.
for (const field of document.querySelectorAll("input[data-copy]")) {
  field.addEventListener("focus", () => field.select());
}

// The job as people will see it, while it is typed.
const summary = document.querySelector(".summary");
if (summary) {
  const form = document.querySelector("form[data-summary]");
  const money = moneyIn(summary.dataset.currency);
  const day = new Intl.DateTimeFormat("en-GB", {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  });
  const typed = (name) => form.elements[name].value.trim();
  const chosen = (name) => form.querySelector(`[name=${name}]:checked`);
  const show = (name, text) => { summary.querySelector(`[data-show=${name}]`).textContent = text; };
  const fill = () => {
    const rate = number(typed("hourly_rate"));
    const hours = number(typed("estimated_hours"));
    const start = new Date(typed("starts_at"));
    const area = chosen("area")?.value || "whole_home";
    const drawing = summary.querySelector("[data-show=drawing]");
    if (!drawing.src.includes(`/${area}.`)) {
      drawing.src = form.querySelector(`[name=area][value=${area}]`).parentNode.querySelector("img").src;
    }
    show("name", typed("name") || "The name of your job");
    show("total", rate * hours ? money(rate * hours) : "…");
    show("rate", rate ? `in all, at ${money(rate)} an hour` : "hours × hourly rate");
    show("when", Number.isNaN(start.getTime()) ? typed("starts_at") || "Date by agreement" : day.format(start));
    show("hours", hours ? `${hours} ${hours === 1 ? "hour" : "hours"}` : "…");
    show("where", [typed("postcode"), typed("city")].filter(Boolean).join(" ") || "…");
    show("kind", chosen("cleaning_type")?.labels[0].textContent.trim() || "…");
  };
  summary.classList.add("summary-live");
  form.addEventListener("input", fill);
  fill();
}

// The mark of a rate on the line of what is usual follows the rate that is typed; far off, it waits at an end.
for (const graph of document.querySelectorAll("form .graph[data-start]")) {
  const rate = graph.closest("form").elements.hourly_rate;
  const [start, end] = [Number(graph.dataset.start), Number(graph.dataset.end)];
  const [mark, label] = [graph.querySelector(".own"), graph.querySelector(".strong")];
  const money = moneyIn(graph.dataset.currency);
  rate?.addEventListener("input", () => {
    const sum = number(rate.value);
    if (!sum) return;
    const place = Math.min(100, Math.max(0, (sum - start) * 100 / (end - start)));
    mark.setAttribute("x1", `${place}%`);
    mark.setAttribute("x2", `${place}%`);
    label.setAttribute("x", `${place}%`);
    label.setAttribute("class", `strong ${place < 25 ? "start" : place > 75 ? "end" : ""}`);
    label.textContent = `your rate ${money(sum)}`;
  });
}
