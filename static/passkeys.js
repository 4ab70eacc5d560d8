// Passkeys, where the browser has them. Without this file people log in by password and code.
"use strict";

const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials);
for (const part of document.querySelectorAll("[data-passkey-able]")) part.hidden = !able;
for (const part of document.querySelectorAll("[data-passkey-missing]")) part.hidden = able;

const ask = ({ creation_options: creation, request_options: request }) => {
  if (request) {
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request.publicKey) });
  }
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(creation.publicKey);
  // Kept by the device and unlocked by its owner: else it could not log in by itself.
  Object.assign(publicKey.authenticatorSelection, {
    residentKey: "required", requireResidentKey: true, userVerification: "required",
  });
  return navigator.credentials.create({ publicKey });
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const failed = form.querySelector("[data-passkey-failed]");
  const options = JSON.parse(document.getElementById(form.dataset.passkey).textContent);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await ask(options));
      form.submit();
    } catch {
      // Whoever turns the browser's question down is not asked for reasons.
      failed.hidden = false;
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
