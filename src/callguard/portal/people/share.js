// Offers to copy what is shown once, and to hand a link on; without this script it is copied by hand.
const link = document.getElementById("link");
const copy = document.getElementById("copy");
const share = document.getElementById("share");

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link.value);
    copy.textContent = copy.dataset.done;
  });
}
if (navigator.share && share) {
  share.hidden = false;
  share.addEventListener("click", () => {
    const { title, text } = share.dataset;
    navigator.share({ title, text, url: link.value }).catch(() => {});
  });
}
link.addEventListener("focus", () => link.select());
