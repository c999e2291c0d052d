import { locale, plural } from "../shared/counting";
import { t } from "../shared/i18n";
import { Actions } from "./Card";
import { config, urls } from "./config";
import { fill } from "./leases";
import { given, today } from "./progress";
import { connection, done, practice, reason, resting } from "./state";
import { over, VisitOver } from "./Visit";

const TITLES: Record<string, string> = {
  nothing_open: t("Nothing left to label"),
  all_leased: t("Others have the last items open"),
  held_elsewhere: t("Another page of yours has the open items"),
  all_seen: t("You have seen everything that is open"),
  waiting: t("The last answers are being worked out"),
  budget_spent: t("The budget is spent"),
  paused: t("This project is paused"),
  suspended: t("Your work here is suspended"),
  daily_limit: t("That was all for today"),
  share_reached: t("You have done your share"),
  skills_missing: t("What is open needs other skills"),
  not_qualified: t("You aren't qualified for what is open"),
  practice_missing: t("There is nothing to practise on yet"),
  refused: t("The server gives no items"),
};
/** Every reason passes by itself, but a refusal: the page looks again without being asked. */
export const PASSING = { has: (code: string): boolean => code !== "refused" };

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });

/** What stands in place of a card, and what to do next. */
export function Empty() {
  if (resting.value) return over() ? <VisitOver /> : <Resting />;
  const why = reason.value;
  if (connection.value === "offline" || connection.value === "failing") {
    return <Frame title={t("No connection")} text={t("There are no more items on this device. What you answered is kept here and sent when the connection is back; then it goes on by itself.")} />;
  }
  if (connection.value === "signed_out") return <Frame title={t("You are signed out")} text={t("Sign in to go on.")} />;
  if (!why) return <p class="bench__wait" role="status">{t("Fetching items…")}</p>;
  const again = PASSING.has(why.code) ? " " + t("This page looks again every half minute.") : "";
  const until = why.until ? " " + t("Until {time}.", { time: clock.format(new Date(why.until)) }) : "";
  const at = why.code === "not_qualified" ? practice.value : null;
  const title = at ? t("Not yet: {right} of {done} right, {needed} of {of} are needed", { ...at }) : TITLES[why.code];
  return <Frame title={title ?? t("No items for you now")} text={why.message + until + again} />;
}

function Frame({ title, text }: { title: string; text: string }) {
  return (
    <section class="card" data-test="empty">
      <div class="empty">
        <svg class="empty__mark" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" aria-hidden="true">
          <path d="M4 13h4l1.5 2.5h5L16 13h4M4 13v5.5h16V13M4 13l2.5-7.5h11L20 13" />
        </svg>
        <h1>{title}</h1>
        <p>{text}</p>
        <p>{tally()}</p>
        <div class="cluster">
          <button type="button" class="button button--primary" onClick={() => void fill()}>{t("Look again")}</button>
          {config.visit && given.value > 0 && <a class="button" href={config.visit.url}>{t("Finish your visit")}</a>}
          <a class="button" href={urls.home}>{t("Your work")}</a>
        </div>
      </div>
      {done.value.length > 0 && <Actions />}
    </section>
  );
}

function Resting() {
  const goOn = (): void => {
    resting.value = false;
    void fill();
  };
  return (
    <section class="card" data-test="resting">
      <div class="empty">
        <h1>{t("Have a good break")}</h1>
        <p>{t("Items you had ahead went back to the others.")} {tally()}</p>
        <button type="button" class="button button--primary" onClick={goOn} autofocus>{t("Go on")}</button>
      </div>
    </section>
  );
}

function tally(): string {
  const now = plural("{n} answer this session", "{n} answers this session", given.value);
  return today.value === null ? `${now}.` : t("{now}, {today} today.", { now, today: today.value });
}
