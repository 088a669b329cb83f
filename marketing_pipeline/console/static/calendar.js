// Dragging a post to a day or an empty slot fills in its own form and sends it: the form is the one way to move it.
(() => {
  let dragged = null;
  const target = (element) => dragged && (element.closest("[data-at]") || element.closest("[data-day]"));
  const unmark = () => document.querySelectorAll(".drop").forEach((place) => place.classList.remove("drop"));

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-post]") || null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.post);
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    unmark();
  });
  document.addEventListener("dragover", (event) => {
    const place = target(event.target);
    if (!place) return;
    event.preventDefault();
    if (!place.classList.contains("drop")) {
      unmark();
      place.classList.add("drop");
    }
  });
  document.addEventListener("drop", (event) => {
    const place = target(event.target);
    if (!place) return;
    event.preventDefault();
    const form = dragged.querySelector("form.move");
    const at = place.dataset.at || `${place.dataset.day}T${dragged.dataset.time}`;
    unmark();
    if (form.elements.at.value === at) return;
    form.elements.at.value = at;
    form.requestSubmit();
  });
})();
