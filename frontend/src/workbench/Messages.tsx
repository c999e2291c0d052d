import { idle } from "./card";
import { urls } from "./config";
import { drop, exposed, refused, retry, send, waiting } from "./outbox";
import { breakDue, breakSeen } from "./progress";
import { releaseAll } from "./cards";
import { connection, current, notices, refusal, resting, unsay } from "./state";

/** Everything said above the card: what happened, what was kept, what to do. */
export function Messages() {
  return (
    <>
      <Exposed />
      <Trouble />
      <Refused />
      {notices.value.map(({ id, tone, text }) => (
        <div class={`notice ${tone && `notice--${tone}`}`} role="status" key={id} data-test="notice">
          <p>{text}</p>
          <button type="button" class="button button--quiet button--small" onClick={() => unsay(id)}>Close</button>
        </div>
      ))}
      {idle.value && current.value && (
        <div class="notice" role="status" data-test="still-there">
          <p><strong>Still there?</strong> The time of this item stopped counting as active a moment ago. Any key or movement starts it again.</p>
        </div>
      )}
      {!idle.value && breakDue.value && current.value && (
        <div class="notice notice--good" role="status">
          <p><strong>Twenty minutes of work.</strong> A short break keeps answers good. Nothing is lost meanwhile.</p>
          <button type="button" class="button button--small" onClick={rest}>Take a break</button>
          <button type="button" class="button button--quiet button--small" onClick={breakSeen}>Go on</button>
        </div>
      )}
    </>
  );
}

function rest(): void {
  breakSeen();
  resting.value = true;
  releaseAll();
}

/** Answers that closing the page would lose. */
function Exposed() {
  const count = exposed.value.length;
  if (count === 0) return null;
  return (
    <div class="notice notice--bad" role="alert" data-test="exposed">
      <p>
        <strong>Don't close this page: {answers(count)} nowhere else.</strong> This browser keeps nothing for later: its storage is full, or forbidden for this
        site. Leave the page open until it says “All saved”.
      </p>
    </div>
  );
}

function Trouble() {
  const unsent = `${answers(waiting.value.length)} not sent yet${exposed.value.length > 0 ? "" : ", but kept on this device"}; that happens as soon as it is possible.`;
  const kept = waiting.value.length === 0 ? "Everything you answered is saved." : unsent;
  if (connection.value === "signed_out") {
    return (
      <div class="notice notice--warn" role="alert">
        <p><strong>You are signed out.</strong> {kept}</p>
        <a class="button button--small" href={urls.signIn}>Sign in</a>
      </div>
    );
  }
  if (connection.value === "refused") {
    return (
      <div class="notice notice--bad" role="alert">
        <p><strong>The server doesn't take answers from you now.</strong> {refusal.value} {kept}</p>
        <button type="button" class="button button--small" onClick={() => void send()}>Try again</button>
      </div>
    );
  }
  return null;
}

/** Answers that the server would not take, whatever is tried: kept until the person has seen them. */
function Refused() {
  if (refused.value.length === 0) return null;
  const forgetAll = (): void => refused.value.forEach(({ token }) => drop(token));
  const again = (): void => refused.value.forEach(({ token }) => retry(token));
  return (
    <div class="notice notice--warn" role="alert" data-test="refused">
      <div>
        <p><strong>The server did not take {refused.value.length === 1 ? "one answer" : `${refused.value.length} answers`}.</strong> Kept on this device until you close this.</p>
        <ul>{refused.value.map(({ token, said, problem }) => <li key={token}>“{said}”: {problem}</li>)}</ul>
      </div>
      <button type="button" class="button button--small" onClick={again}>Try again</button>
      <button type="button" class="button button--quiet button--small" onClick={forgetAll}>Close</button>
    </div>
  );
}

function answers(count: number): string {
  return count === 1 ? "1 answer is" : `${count} answers are`;
}
