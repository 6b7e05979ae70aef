// Typing paper forms: after a digit the next input has the focus; Backspace in an empty one goes back.
// Without this file the Tab key does the same.
"use strict";
const digits = Array.from(document.querySelectorAll("input.digit"));
const after = document.querySelector("input[name=comment]");
digits.forEach((input, place) => {
  input.addEventListener("focus", () => input.select());
  input.addEventListener("input", () => {
    if (/^[0-5\-–]$/.test(input.value)) {
      (digits[place + 1] || after).focus();
    } else {
      input.value = "";
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && input.value === "" && place > 0) {
      event.preventDefault();
      digits[place - 1].focus();
    }
  });
});
