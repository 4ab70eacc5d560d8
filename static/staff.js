// The admin draws the help of its lists as a span with a label, which only a picture may have.
window.addEventListener("load", () => {
  document.querySelectorAll(".help-tooltip").forEach((help) => help.setAttribute("role", "img"));
});
