// Copies what is shown once, and hands an invitation's link on; without this script one does it by hand.
const link = document.getElementById("link");
const copy = document.getElementById("copy");
const share = document.getElementById("share");

copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(link.value);
  copy.textContent = copy.dataset.done;
});

// A key for programs is not shared. The button is the last of its row: what goes with it moves nothing.
if (share) {
  share.hidden = !navigator.share;
  share.addEventListener("click", () => {
    const { title, text } = share.dataset;
    navigator.share({ title, text, url: link.value }).catch(() => {});
  });
}

link.addEventListener("focus", () => link.select());
