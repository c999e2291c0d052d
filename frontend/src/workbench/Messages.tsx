import { plural } from "../shared/counting";
import { t } from "../shared/i18n";
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
          <button type="button" class="button button--quiet button--small" onClick={() => unsay(id)}>{t("Close")}</button>
        </div>
      ))}
      {idle.value && current.value && (
        <div class="notice" role="status" data-test="still-there">
          <p><strong>{t("Still there?")}</strong> {t("The time of this item stopped counting as active a moment ago. Any key or movement starts it again.")}</p>
        </div>
      )}
      {!idle.value && breakDue.value && current.value && (
        <div class="notice notice--good" role="status">
          <p><strong>{t("Twenty minutes of work.")}</strong> {t("A short break keeps answers good. Nothing is lost meanwhile.")}</p>
          <button type="button" class="button button--small" onClick={rest}>{t("Take a break")}</button>
          <button type="button" class="button button--quiet button--small" onClick={breakSeen}>{t("Go on")}</button>
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
        <strong>{plural("Don't close this page: {n} answer is nowhere else.", "Don't close this page: {n} answers are nowhere else.", count)}</strong>{" "}
        {t("This browser keeps nothing for later: its storage is full, or forbidden for this site. Leave the page open until it says “All saved”.")}
      </p>
    </div>
  );
}

function Trouble() {
  const kept = waiting.value.length === 0 ? t("Everything you answered is saved.") : unsent(waiting.value.length, exposed.value.length > 0);
  if (connection.value === "signed_out") {
    return (
      <div class="notice notice--warn" role="alert">
        <p><strong>{t("You are signed out.")}</strong> {kept}</p>
        <a class="button button--small" href={urls.signIn}>{t("Sign in")}</a>
      </div>
    );
  }
  if (connection.value === "refused") {
    return (
      <div class="notice notice--bad" role="alert">
        <p><strong>{t("The server doesn't take answers from you now.")}</strong> {refusal.value} {kept}</p>
        <button type="button" class="button button--small" onClick={() => void send()}>{t("Try again")}</button>
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
        <p><strong>{plural("The server did not take one answer.", "The server did not take {n} answers.", refused.value.length)}</strong> {t("Kept on this device until you close this.")}</p>
        <ul>{refused.value.map(({ token, said, problem }) => <li key={token}>{t("“{name}”", { name: said })}: {problem}</li>)}</ul>
      </div>
      <button type="button" class="button button--small" onClick={again}>{t("Try again")}</button>
      <button type="button" class="button button--quiet button--small" onClick={forgetAll}>{t("Close")}</button>
    </div>
  );
}

function unsent(n: number, exposed: boolean): string {
  if (exposed) return plural("{n} answer is not sent yet; that happens as soon as it is possible.", "{n} answers are not sent yet; that happens as soon as it is possible.", n);
  return plural("{n} answer is not sent yet, but kept on this device; that happens as soon as it is possible.", "{n} answers are not sent yet, but kept on this device; that happens as soon as it is possible.", n);
}
