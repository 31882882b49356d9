// Lets a person choose the square of a picture that others see. Without it that is the middle.
(() => {
  "use strict";

  const form = document.querySelector("form.avatar-form");
  const crop = form?.querySelector(".crop");
  if (!crop || !window.createImageBitmap) return;
  const file = form.elements.namedItem("file");
  const canvas = crop.querySelector("canvas");
  const [size, x, y] = ["size", "x", "y"].map((name) => document.getElementById(`crop-${name}`));
  let picture = null;
  let grip = null;

  const number = (input) => Math.round(input.valueAsNumber);

  // Keeps the square within the picture, and draws both.
  function show() {
    x.max = picture.width - number(size);
    y.max = picture.height - number(size);
    const pen = canvas.getContext("2d");
    const scale = canvas.width / picture.width;
    const [left, top, side] = [x, y, size].map((input) => number(input) * scale);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    pen.fillStyle = "rgb(0 0 0 / 60%)";
    pen.beginPath();
    pen.rect(0, 0, canvas.width, canvas.height);
    pen.rect(left, top, side, side);
    pen.fill("evenodd");
    pen.strokeStyle = "#fff";
    pen.lineWidth = 2;
    pen.strokeRect(left + 1, top + 1, side - 2, side - 2);
  }

  async function choose() {
    picture?.close();
    picture = null;
    crop.hidden = true;
    const chosen = file.files[0];
    if (!chosen) return;
    try {
      picture = await createImageBitmap(chosen);
    } catch {
      // The server says what is wrong with it.
      return;
    }
    const most = Math.min(picture.width, picture.height);
    const side = 320 / Math.max(picture.width, picture.height);
    canvas.width = Math.max(1, Math.round(picture.width * side));
    canvas.height = Math.max(1, Math.round(picture.height * side));
    size.min = Math.min(most, Math.max(1, Math.round(most / 8)));
    size.max = most;
    size.value = most;
    [x.min, y.min] = [0, 0];
    [x.max, y.max] = [picture.width - most, picture.height - most];
    x.value = Math.floor((picture.width - most) / 2);
    y.value = Math.floor((picture.height - most) / 2);
    crop.hidden = false;
    show();
  }

  function drag(event) {
    if (!grip || !picture) return;
    const scale = picture.width / canvas.getBoundingClientRect().width;
    x.value = grip.x + (event.clientX - grip.left) * scale;
    y.value = grip.y + (event.clientY - grip.top) * scale;
    show();
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = { left: event.clientX, top: event.clientY, x: number(x), y: number(y) };
  });
  canvas.addEventListener("pointermove", drag);
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      grip = null;
    });
  }
  for (const input of [size, x, y]) input.addEventListener("input", () => picture && show());
  file.addEventListener("change", choose);
  // The numbers stand before the file, which the server reads last.
  form.addEventListener("formdata", ({ formData }) => {
    if (!picture) return;
    const sent = formData.get("file");
    formData.delete("file");
    formData.set("x", number(x));
    formData.set("y", number(y));
    formData.set("size", number(size));
    formData.set("file", sent);
  });
  if (file.files.length) choose();
})();
