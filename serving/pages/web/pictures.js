"use strict";
// Reads the user's picture, and scales it down if it is too large for the API.

// Lambda's limit for an event is 6 MB, in which the picture is base64, a third longer, with the rest of the request.
const LARGEST = 4.4e6;
// The longest side of a scaled picture, in pixels. No network uses more.
const LONGEST = 2048;

const isHeic = (file) => /^image\/hei[cf]/.test(file.type) || /\.hei[cf]$/i.test(file.name);
const HEIC = "This is a HEIC picture, as iPhones take them, and this browser cannot read it. Save it as JPEG, or set the "
  + "phone’s camera to “Most Compatible” (Settings, Camera, Formats).";

// The file to send, and a message about it.
async function fitting(file) {
  if (!isHeic(file) && file.size <= LARGEST) return { file, said: "" };
  let bitmap;
  try { bitmap = await createImageBitmap(file); } catch {
    throw new Problem(isHeic(file) ? HEIC : `${file.name} is ${megabytes(file.size)}; the API takes ${
      megabytes(LARGEST)}, and this page cannot make it smaller, because it is not a picture that it can read.`);
  }
  const smaller = await scaled(bitmap, file.name);
  const why = isHeic(file) ? "It is a HEIC picture, which the API does not take"
    : `It is ${megabytes(file.size)}, more than the ${megabytes(LARGEST)} that the API takes`;
  return { file: smaller.file, isChanged: true,
    said: `${why}. So it is sent as a JPEG of ${smaller.width} × ${smaller.height} pixels, ${megabytes(smaller.file.size)}.` };
}

async function scaled(bitmap, name) {
  const canvas = make("canvas");
  for (let longest = LONGEST; ; longest /= 2) {
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    // JPEG has no transparency, so transparent pixels become white.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    if (blob.size <= LARGEST) {
      const file = new File([blob], `${name.replace(/\.[^.]*$/, "")}.jpg`, { type: "image/jpeg" });
      return { file, width: canvas.width, height: canvas.height };
    }
  }
}

function readBase64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

// The base64 picture of an example as a file.
function fileOf(base64, name) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const type = { "iVBO": "image/png", "R0lG": "image/gif", "UklG": "image/webp" }[base64.slice(0, 4)] || "image/jpeg";
  return new File([bytes], `${name}.${type.slice(6).replace("jpeg", "jpg")}`, { type });
}

const dataUrl = (file, base64) => `data:${file.type};base64,${base64}`;

// Calls `take` with the first file that is dropped or pasted anywhere on the page.
function receive(take) {
  let depth = 0;
  const hasFile = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  const mark = (change) => { depth += change; document.body.classList.toggle("dropping", depth > 0); };
  addEventListener("dragenter", (event) => { if (hasFile(event)) mark(1); });
  addEventListener("dragleave", (event) => { if (hasFile(event)) mark(-1); });
  addEventListener("dragover", (event) => { if (hasFile(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    mark(-depth);
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData ? event.clipboardData.files : [];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}
