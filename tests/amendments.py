"""A small programme in force whose budget may be amended, and the steps of an amendment by the people of the demo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from jcflow.amendments.amendment import Amendment, AmendmentKind
from jcflow.amendments.deciding import Decision
from jcflow.amendments.differences import name_of, outlook
from jcflow.amendments.proposing import Draft
from jcflow.process import amending
from jcflow.process.amendment_rules import Said
from jcflow.programmes.budgets import BudgetLine, line
from jcflow.programmes.exchange import document as doc
from jcflow.programmes.kinds import LinePart, LineRole
from tests.factories import House, small_document

REASON = "Der Verwaltungsaufwand ist höher als geplant."
OPINION = "Der Betrag ist entbehrlich, die Deckung zulässig."
EGT, VK = AmendmentKind.TRANSFER_EGT_TO_VK, AmendmentKind.TRANSFER_VK_TO_EGT
TOTAL, LINE = LineRole.TOTAL, LineRole.LINE

INTEGRATION = doc.BudgetTable(
    key="egt",
    title="Eingliederungstitel 2027",
    year=2027,
    prior_year=2026,
    lines=(
        doc.BudgetLine("zuteilung", "Zuteilung EGT", LINE, "frei", "+", 1_000_000_00, part=LinePart.INTEGRATION_BUDGET),
        doc.BudgetLine("ab", "Umschichtung ab", LINE, "frei", "-", 0, part=LinePart.INTEGRATION_TRANSFER_OUT),
        doc.BudgetLine("frei", "Verfügbar", TOTAL, amount=1_000_000_00, part=LinePart.AVAILABLE),
    ),
)
ADMINISTRATION = doc.BudgetTable(
    key="vk",
    title="Verwaltungskosten 2027",
    year=2027,
    prior_year=2026,
    lines=(
        doc.BudgetLine("bund", "Zuteilung VK", LINE, "gesamt", "+", 848_000_00, part=LinePart.ADMIN_BUDGET),
        doc.BudgetLine("zu", "Umschichtung zu", LINE, "gesamt", "+", 0, part=LinePart.ADMIN_TRANSFER_IN),
        doc.BudgetLine("kfa", "Kommunaler Anteil", LINE, "gesamt", "+", 152_000_00, part=LinePart.MUNICIPAL_SHARE),
        doc.BudgetLine("gesamt", "Verwaltungskosten", TOTAL, amount=1_000_000_00, part=LinePart.ADMIN_TOTAL),
    ),
)
PLAIN = doc.BudgetTable(
    key="plain",
    title="Einzelne Mittel 2027",
    year=2027,
    prior_year=2026,
    lines=(
        doc.BudgetLine("summe", "Summe", TOTAL, amount=300_00),
        doc.BudgetLine("beratung", "Beratung", LINE, "summe", amount=100_00),
        doc.BudgetLine("kurse", "Kurse", LINE, "summe", amount=200_00, printed="200,-"),
    ),
)


def amendable(form: str = "gE", name: str | None = None) -> doc.Document:
    """The small programme with both budgets, and a table of lines that play no part."""
    small = small_document(form, name)
    chapters = (replace(small.chapters[1], blocks=(doc.RegisterBlock("budget_tables/egt"),)), small.chapters[0])
    return replace(small, chapters=chapters, budget_tables=(INTEGRATION, ADMINISTRATION, PLAIN))


@dataclass
class Case:
    """A house whose programme is in force, and its amendments."""

    house: House
    made: list[Amendment] = field(default_factory=list)

    @property
    def one(self) -> Amendment:
        """The amendment proposed last."""
        return self.made[-1]

    def row(self, table: str, key: str) -> BudgetLine:
        """A budget line."""
        return line(self.house.session, self.house.programme, table, key)

    def amount(self, place: str) -> int:
        """The amount of a line, as `vk/zu`, in cents."""
        found = self.row(*place.split("/")).amount
        assert found is not None
        return found

    def id_of(self, place: str | None) -> UUID | None:
        """The id of a line, as `vk/zu`."""
        return self.row(*place.split("/")).id if place else None

    def draft(
        self,
        kind: AmendmentKind = EGT,
        amount: int = 84_800_00,
        source: str | None = "egt/zuteilung",
        target: str | None = "vk/zu",
        **more: Any,
    ) -> Draft:
        """An amendment as typed."""
        ids = {"source_line_id": self.id_of(source), "target_line_id": self.id_of(target)}
        return Draft(kind=kind, amount=amount, **ids, **{"reason": REASON, **more})

    def propose(self, draft: Draft | None = None, by: str = "redaktion") -> Amendment:
        """Propose one."""
        house = self.house
        draft = draft or self.draft()
        made = amending.propose(house.session, house.programme, draft, actor=house.actor(by), at=house.tick())
        self.made.append(made)
        return made

    def take(self, trigger: str, by: str, reason: str = "", **said: Any) -> Amendment:
        """Take a step of the amendment proposed last."""
        house = self.house
        at = house.tick()
        amending.take(
            house.session,
            house.programme,
            self.one,
            trigger,
            actor=house.actor(by),
            at=at,
            reason=reason,
            said=Said(**said),
        )
        return self.one

    def declare(self, by: str = "haushalt") -> None:
        """Declare that the receiving title is fully committed."""
        house = self.house
        amending.declare(house.session, house.programme, self.one, actor=house.actor(by), at=house.tick())

    def decision(self, *, approved: bool = True, **more: Any) -> Decision:
        """A decision of the body, or of the managing director alone."""
        votes = {"yes": 5, "no": 1, "abstain": 0} if approved else {"yes": 1, "no": 5, "abstain": 0}
        typed = {"decided_on": self.house.today, "minutes": "Niederschrift 3/2027, TOP 4", **votes, **more}
        return Decision(approved=approved, **typed)

    def decide(self, by: str = "gf", *, approved: bool = True, **more: Any) -> Amendment:
        """Decide on it."""
        return self.take("decide", by, decision=self.decision(approved=approved, **more))

    def book(self, amount: int, by: str = "gf", reference: str = "4711", on: date | None = None) -> Amendment:
        """Book a part."""
        return self.take("book", by, amount=amount, reference=reference, booked_on=on or self.house.today)

    def reasons(self) -> dict[str, str]:
        """A reason for every figure that will not hold after the amendment proposed last."""
        coming = outlook(self.house.session, self.house.programme, self.one).open
        return {name_of(difference): REASON for difference in coming}

    def bring(self, state: str, draft: Draft | None = None, by: str = "redaktion") -> Amendment:
        """Propose one and bring it to a state on the straight way; the competent one decides."""
        self.propose(draft, by)
        ways = (
            ("checked", lambda: self.take("check", "haushalt", opinion=OPINION, reasons=self.reasons())),
            ("decision_pending", lambda: self.take("put", "gf")),
            ("approved", lambda: self.decide(DECIDER[str(self.one.competent)])),
            ("blocked", lambda: self.take("block", "haushalt")),
        )
        for reached, way in ways:
            if self.one.state in {state, "closed"}:
                break
            way()
            assert self.one.state in {reached, "closed"}
        return self.one


DECIDER = {"managing_director": "gf", "assembly_chair": "tv1", "staff": "buero"}
