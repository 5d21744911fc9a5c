// Pure.
/**
 * The page on which a person types the token.
 *
 * @module
 */

import { type Html, html } from "./html.ts";

/** @param problem What was wrong with the last try. */
export function signInMain(problem: string | undefined): Html {
  return html`
    ${problem === undefined ? "" : html`
      <div class="trouble">
        <p>${problem}</p>
      </div>
    `}
    <form method="post" action="/sign-in" aria-labelledby="sign-in">
      <h2 id="sign-in">Token</h2>
      <p>It is in the address that the server printed when it started, or where MIGRATOR_PAGE_TOKEN or
    --token-file has it.</p>
      <label>Token<input type="password" name="token" required autocomplete="current-password"></label>
      <button>Sign in</button>
    </form>
  `;
}
