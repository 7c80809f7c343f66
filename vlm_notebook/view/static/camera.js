// A picture from the camera: a dialog with what it sees, Take and Cancel.

const CAMERA_FAULTS = {
  NotAllowedError: "camera_denied",
  SecurityError: "camera_denied",
  NotFoundError: "camera_none",
  OverconstrainedError: "camera_none",
  NotReadableError: "camera_taken",
};

// Opens the dialog in `host`; `done(file)` gets what was taken, `failed(key)` why nothing can be.
function openCamera({ host, word, done, failed }) {
  let stream = null;
  const video = node("video", { autoplay: true, muted: true, playsinline: true, "aria-label": word("camera_view") });
  video.muted = true;
  const waiting = node("div", { class: "vlm-label", role: "status" }, word("camera_waiting"));
  const take = node("button", { type: "button", class: "vlm-main-button", disabled: true }, word("take"));
  const cancel = node("button", { type: "button", click: () => dialog.close() }, word("cancel"));
  const dialog = node(
    "dialog",
    { class: "vlm-camera", "aria-label": word("camera") },
    video,
    waiting,
    node("div", { class: "vlm-row" }, take, cancel),
  );
  const stop = (some) => some?.getTracks().forEach((track) => track.stop());
  dialog.addEventListener("close", () => {
    stop(stream);
    video.srcObject = null;
    dialog.remove();
  });
  take.addEventListener("click", async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((made) => canvas.toBlob(made, "image/jpeg", 0.92));
    const name = `camera-${new Date().toTimeString().slice(0, 8).replaceAll(":", "")}.jpg`;
    dialog.close();
    done(new File([blob], name, { type: "image/jpeg" }));
  });
  video.addEventListener("loadeddata", () => {
    waiting.remove();
    take.disabled = false;
    take.focus();
  });
  host.append(dialog);
  dialog.showModal();
  const media = navigator.mediaDevices; // a page not served securely has none
  const asked = media ? media.getUserMedia({ video: true }) : Promise.reject(new Error("insecure"));
  asked.then(
    (got) => {
      stream = got;
      if (dialog.open) video.srcObject = got;
      else stop(got);
    },
    (error) => {
      const wasOpen = dialog.open;
      dialog.close();
      if (wasOpen) failed(media ? (CAMERA_FAULTS[error.name] ?? "camera_failed") : "camera_insecure");
    },
  );
  return dialog;
}

