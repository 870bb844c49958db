// Marks what the Tab key has to reach, in the order of the page, and returns how much that is.
() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled;
  const group = (one) =>
    one.form
      ? [...one.form.elements].filter((other) => other.type === "radio" && other.name === one.name)
      : [one];
  const stands = (one) => {
    if (one.type !== "radio") return true;
    return one === (group(one).find((other) => other.checked) || group(one)[0]);
  };
  const all = "a[href], button, input, select, textarea, summary, audio[controls]";
  return [...document.querySelectorAll(all)]
    .filter((one) => seen(one) && one.type !== "hidden" && one.tabIndex >= 0 && stands(one))
    .map((one, at) => (one.dataset.stop = at)).length;
}
