"""German words for the values the database holds."""

from __future__ import annotations

from jcflow.accounts import role_names
from jcflow.accounts.people import BoardGroup, Carrier
from jcflow.decisions.ballots import Choice, Result
from jcflow.opinions.answers import Disposition
from jcflow.opinions.board import Stance
from jcflow.procedure import Meeting, Phase
from jcflow.programmes.internal_check import SignOffOutcome
from jcflow.programmes.kinds import BlockKind, ProgrammeKind, Visibility
from jcflow.programmes.measures import MeasureStatus

ROLE_LABELS = role_names.ROLE_LABELS
PHASE_LABELS = {
    Phase.DRAFT: "Entwurf",
    Phase.CARRIER_ASSEMBLY: "Trägerversammlung",
    Phase.CONSULTATION: "Beteiligung des Beirats",
    Phase.RESOLUTION: "Beschluss",
    Phase.IN_FORCE: "In Kraft",
}
CARRIER_LABELS = {Carrier.AGENCY: "Agentur für Arbeit", Carrier.MUNICIPALITY: "Kommune"}
GROUP_LABELS = {
    BoardGroup.EMPLOYER: "Arbeitgeberseite",
    BoardGroup.EMPLOYEE: "Arbeitnehmerseite",
    BoardGroup.WELFARE: "Wohlfahrtspflege",
    BoardGroup.CHAMBER: "Kammer",
    BoardGroup.MUNICIPAL: "Kommune",
    BoardGroup.OTHER: "Andere",
}
STANCE_LABELS = {
    Stance.AGREE: "Zustimmung",
    Stance.AGREE_WITH_POINTS: "Zustimmung mit Anmerkungen",
    Stance.CONCERNS: "Bedenken",
    Stance.NO_OPINION: "Keine Äußerung",
    Stance.SILENT: "Nicht geäußert",
}
DISPOSITION_LABELS = {
    Disposition.ADOPTED: "übernommen",
    Disposition.PARTLY: "teilweise übernommen",
    Disposition.NOT_ADOPTED: "nicht übernommen",
    Disposition.NOTED: "zur Kenntnis genommen",
}
CHOICE_LABELS = {Choice.YES: "Ja", Choice.NO: "Nein", Choice.ABSTAIN: "Enthaltung"}
RESULT_LABELS = {Result.ADOPTED: "angenommen", Result.REJECTED: "abgelehnt", Result.TIED: "Stimmengleichheit"}
VISIBILITY_LABELS = {
    Visibility.PUBLIC: "öffentlich",
    Visibility.BODIES: "nur Gremien",
    Visibility.INTERNAL: "nur im Haus",
}
BLOCK_LABELS = {
    BlockKind.TEXT: "Text",
    BlockKind.TABLE: "Tabelle",
    BlockKind.FIGURE: "Abbildung",
    BlockKind.REGISTER: "Übersicht",
}
KIND_LABELS = {
    ProgrammeKind.AMIP: "Arbeitsmarkt- und Integrationsprogramm",
    ProgrammeKind.LPD: "Lokales Planungsdokument",
    ProgrammeKind.STRATEGY: "Strategie",
}
SIGN_OFF_LABELS = {
    SignOffOutcome.SIGNED: "mitgezeichnet",
    SignOffOutcome.WAIVED: "auf Mitzeichnung verzichtet",
    SignOffOutcome.STATED: "Stellung genommen",
    SignOffOutcome.ATTACHED: "hinterlegt",
    SignOffOutcome.NONE: "keine",
}
MEASURE_LABELS = {
    MeasureStatus.RUNNING: "läuft nach Plan",
    MeasureStatus.DELAYED: "verzögert sich",
    MeasureStatus.DONE: "abgeschlossen",
}
MEETING_LABELS = {
    Meeting.BOARD: "Sitzung des Beirats",
    Meeting.ASSEMBLY: "Sitzung der Trägerversammlung",
    Meeting.COMMITTEE: "Sitzung des Kreisausschusses",
    Meeting.COUNCIL: "Sitzung des Kreistags",
}
BODY_LABELS = {"committee": "Kreisausschuss", "council": "Kreistag"}
OUTCOME_LABELS = {
    "recommended": "zur Annahme empfohlen",
    "changed": "mit Änderungen zurückgegeben",
    "deferred": "vertagt",
    "adopted": "beschlossen",
    "rejected": "abgelehnt",
    "tied": "Stimmengleichheit",
}
