// Offers to hand the invitation's link on; without this script it is copied by hand.
const link = document.getElementById("link");
const copy = document.getElementById("copy");
const share = document.getElementById("share");

copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(link.value);
  copy.textContent = copy.dataset.done;
});

share.hidden = !navigator.share;
share.addEventListener("click", () => {
  const { title, text } = share.dataset;
  navigator.share({ title, text, url: link.value }).catch(() => {});
});

link.addEventListener("focus", () => link.select());
