// Counts what is typed against what Instagram and the brand allow, while it is typed.
(() => {
  const form = document.querySelector("[data-edits]");
  if (!form) return;
  const { caption, hashtags, alt_text: altText } = form.elements;
  const length = (text) => [...text].length;
  const count = () => {
    const tags = hashtags.value.replaceAll(",", " ").split(/\s+/).filter(Boolean);
    const published = tags.length ? `${caption.value}\n\n${tags.join(" ")}` : caption.value;
    const counted = { published: length(published), hashtags: tags.length, "alt-text": length(altText.value) };
    for (const place of form.querySelectorAll("[data-count]")) {
      const found = counted[place.dataset.count];
      place.textContent = found.toLocaleString("en-GB");
      place.classList.toggle("over", found > Number(place.dataset.most));
    }
  };
  form.addEventListener("input", count);
  count();
})();
