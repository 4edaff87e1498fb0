"use strict";
// Explains what went wrong, in place of the answer.

const FAILURES = {
  400: ["The input needs a change.", ""],
  403: ["You may not ask this model.", "It needs a key or a signature, which this page does not have; or something in "
    + "between, such as a firewall, has refused the request."],
  404: ["There is no model here.", "Its address has changed, or it was deleted."],
  413: ["The input is too large.", `The API takes at most 6 MB in all, a picture of ${megabytes(LARGEST)}.`],
  415: ["The API does not take this kind of file.", "Pictures are taken as JPEG, PNG, WebP, BMP or GIF."],
  429: ["Too many are asking at once.", "The model is there. Wait a few seconds, then try again."],
  500: ["The model failed on this input.", "Not your fault: its log says why."],
  502: ["The model broke off.", "It ended before it could answer: out of memory, out of time, or it could not start. "
    + "Try again; if it keeps failing, its log says why."],
  503: ["The model did not answer in time.", "It was still starting, or worked for longer than the 30 seconds that the "
    + "gateway waits for it. Try again in a moment."],
  504: ["The model took too long.", "The gateway gave up waiting. Try a smaller input."],
};
const OFFLINE = ["You are offline.", "Nothing was sent. Try again when the network is back."];
const GONE = ["The API cannot be reached.", "It is no longer running, or the network between has broken. Nothing was "
  + "answered; try again in a moment."];

function failure([what, why], detail = "") {
  return make("div", { className: "failure" },
    make("p", { className: "headline", textContent: what }), ...[why, detail].filter(Boolean).map(quiet));
}

function refused(status, answer) {
  const words = FAILURES[status]
    || (status < 500 ? ["The API refused this.", `It answered ${status}.`] : ["The API failed.", `It answered ${status}.`]);
  const id = status >= 500 && answer.request_id;
  return failure(words, id && `In the log it is request ${id}.`);
}

const unreachable = () => failure(navigator.onLine ? GONE : OFFLINE);
