"""The shared records. Generated from schemas/*.avsc by ``make generate``: change the schema, never this file."""

from typing import Annotated, Literal

from pydantic import Field

from bridge.model import Int, Long, Many, Map, Model, Record, Str, Timestamp

__all__ = ["Mode", "ExchangeStatus", "DistributionKind", "PayloadEncoding", "Confidentiality", "AckMode", "LinkRelation", "IncidentFamily", "IncidentState", "Severity", "Certainty", "Trend", "Cause", "InfoSource", "ContactRole", "ResourceKind", "OwnerSector", "Sharing", "Availability", "RequestStep", "Urgency", "MissionState", "AlertMsgType", "AlertScope", "WarningColor", "ReportVersion", "Phase", "Confidence", "Stage", "BusinessAnswer", "PresenceState", "PlanState", "CodedValue", "GeoPoint", "Address", "Location", "Area", "Zone", "IncidentLink", "Casualties", "Note", "Contact", "Attachment", "Capability", "RequestLine", "AlertInfo", "Damage", "Deployed", "Speaks", "Schedule", "PlanTrigger", "PlanStep", "Hop", "Signature", "Head", "Alert", "Answer", "Ask", "Carrier", "Envelope", "Heads", "Incident", "Mission", "Observation", "Plan", "Presence", "Receipt", "Resource", "ResourceRequest", "ResourceState", "SituationReport"]

Mode = Literal["Unknown", "Actual", "Exercise", "Test"]
ExchangeStatus = Literal["Unknown", "Actual", "Exercise", "System", "Test", "Draft"]
DistributionKind = Literal["Unknown", "Report", "Update", "Cancel", "Request", "Response", "Dispatch", "Ack", "Error", "Sensor"]
PayloadEncoding = Literal["Unknown", "Avro", "Jose"]
Confidentiality = Literal["Unknown", "Public", "Restricted", "Confidential", "Secret"]
AckMode = Literal["Unknown", "NotRequested", "Nack", "Delivered", "Processed", "Answered"]
LinkRelation = Literal["Unknown", "SameAs", "PartOf", "CausedBy", "Causes", "Supersedes", "Related"]
IncidentFamily = Literal["Unknown", "NaturalDisaster", "Accident", "PublicHealth", "SocialSecurity"]
IncidentState = Literal["Unknown", "Reported", "Confirmed", "InProgress", "Contained", "Closed", "Cancelled"]
Severity = Literal["Unknown", "Minor", "Moderate", "Severe", "Extreme"]
Certainty = Literal["Unknown", "Unlikely", "Possible", "Likely", "Observed"]
Trend = Literal["Unknown", "Worsening", "Stable", "Improving"]
Cause = Literal["Unknown", "Natural", "Accidental", "Deliberate"]
InfoSource = Literal["Unknown", "HumanCall", "HumanObserved", "Sensor", "Drone", "Official", "SocialMedia"]
ContactRole = Literal["Unknown", "Sender", "Requester", "Expert", "Approver", "RespondingOrg", "Owner", "OnScene"]
ResourceKind = Literal["Unknown", "Team", "Person", "Vehicle", "Aircraft", "Drone", "Robot", "Vessel", "Equipment", "Supply", "Facility", "Shelter"]
OwnerSector = Literal["Unknown", "Government", "Enterprise", "SocialOrg", "Volunteer", "Military", "International"]
Sharing = Literal["Unknown", "NotShared", "OnRequest", "FreeToUse"]
Availability = Literal["Unknown", "Available", "Reserved", "Committed", "EnRoute", "OnScene", "Transporting", "AtDestination", "Returning", "Maintenance", "Unavailable"]
RequestStep = Literal["Unknown", "Request", "Offer", "Accept", "Partial", "Provisional", "Decline", "Requisition", "Commit", "Deployed", "Arrived", "StatusRequest", "Status", "InfoRequest", "InfoAnswer", "QuoteRequest", "Quote", "Extend", "ExtendAnswer", "ReturnRequest", "ReturnAnswer", "Release", "Returned", "Cancel"]
Urgency = Literal["Unknown", "Past", "Future", "Expected", "Immediate"]
MissionState = Literal["Unknown", "Issued", "Acknowledged", "Accepted", "Refused", "InProgress", "Paused", "Completed", "Aborted", "Cancelled"]
AlertMsgType = Literal["Unknown", "Alert", "Update", "Cancel", "Ack", "Error"]
AlertScope = Literal["Unknown", "Public", "Restricted", "Private"]
WarningColor = Literal["Unknown", "White", "Green", "Blue", "Yellow", "Orange", "Red", "Black"]
ReportVersion = Literal["Unknown", "Initial", "Update", "Final"]
Phase = Literal["Unknown", "Preparedness", "Response", "Mitigation", "Recovery"]
Confidence = Literal["Unknown", "Unsure", "Somewhat", "High"]
Stage = Literal["Unknown", "Accepted", "Routed", "Delivered", "Translated", "Integrated", "Viewed", "Answered", "Refused", "Expired", "Undeliverable", "Withheld", "SetAside", "Superseded", "Removed"]
BusinessAnswer = Literal["Unknown", "Accepted", "Rejected", "Partial", "Deferred"]
PresenceState = Literal["Unknown", "Online", "Degraded", "Offline"]
PlanState = Literal["Unknown", "Draft", "Approved", "InForce", "Ended", "Retired"]


class CodedValue(Model):
    """A code in a named list, plus the sender's own label."""

    scheme: Str
    code: Str
    label: Str | None = None


class GeoPoint(Model):
    """WGS84 point."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    alt: float | None = None
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_mps: float | None = None


class Address(Model):
    """Civil address, free text always present when anything is known."""

    text: Str | None = None
    street: Str | None = None
    number: Str | None = None
    unit: Str | None = None
    locality: Str | None = None
    admin_code: Str | None = None
    postal_code: Str | None = None
    country_code: Str | None = None


class Location(Model):
    """Where something is."""

    location_id: Str | None = None
    name: Str | None = None
    point: GeoPoint | None = None
    address: Address | None = None
    geometry: Str | None = None
    observed_at: Timestamp | None = None
    kind: CodedValue | None = None
    note: Str | None = None


class Area(Model):
    """Area of effect or of address."""

    description: Str | None = None
    polygons: Many[Str] = ()
    circles: Many[Str] = ()
    geocodes: Many[CodedValue] = ()
    altitude_m: float | None = None
    ceiling_m: float | None = None
    holes: Many[Str] = ()


class Zone(Model):
    """An area on the ground with a meaning: danger, cordon, plume, landing zone."""

    kind: CodedValue
    area: Area
    at: Timestamp | None = None


class IncidentLink(Model):
    """How another incident stands to this one."""

    incident_id: Str
    relation: LinkRelation
    asserted_by: Str | None = None


class Casualties(Model):
    """Counts at one time, null = not reported."""

    at: Timestamp | None = None
    context: Str | None = None
    immediate: Int | None = None
    delayed: Int | None = None
    minor: Int | None = None
    dead: Int | None = None
    missing: Int | None = None
    trapped: Int | None = None
    injured: Int | None = None
    hospitalised: Int | None = None
    affected: Int | None = None
    evacuated: Int | None = None
    displaced: Int | None = None
    decontaminated: Int | None = None
    total_estimate: Int | None = None


class Note(Model):
    """One log line; notes are append-only."""

    at: Timestamp | None = None
    text: Str
    category: Str | None = None
    author: Str | None = None
    lang: Str | None = None


class Contact(Model):
    """How to reach a person or post."""

    role: ContactRole = "Unknown"
    name: Str | None = None
    agency: Str | None = None
    channel: Str | None = None
    value: Str | None = None


class Attachment(Model):
    """A document by reference; up to 16 KiB inline."""

    uri: Str | None = None
    mime_type: Str | None = None
    description: Str | None = None
    size_bytes: Long | None = None
    sha256: Str | None = None
    content: bytes | None = None


class Capability(Model):
    """What a resource can do."""

    code: CodedValue
    level: Str | None = None
    amount: float | None = None
    unit: Str | None = None
    valid_until: Timestamp | None = None


class RequestLine(Model):
    """One thing asked for, offered or answered."""

    line_id: Str
    kind: CodedValue | None = None
    resource_id: Str | None = None
    capabilities: Many[CodedValue] = ()
    quantity: float | None = None
    unit: Str | None = None
    committed: float | None = None
    resource_ids: Many[Str] = ()
    decline_reason: CodedValue | None = None


class AlertInfo(Model):
    """What an alert says, in one language, of one hazard."""

    lang: Str = "en-US"
    categories: Many[Str] = ()
    event: Str
    event_codes: Many[CodedValue] = ()
    response_types: Many[Str] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    color: WarningColor = "Unknown"
    audience: Str | None = None
    effective: Timestamp | None = None
    onset: Timestamp | None = None
    expires: Timestamp | None = None
    sender_name: Str | None = None
    headline: Str | None = None
    description: Str | None = None
    instruction: Str | None = None
    web: Str | None = None
    contact: Str | None = None
    parameters: Many[CodedValue] = ()
    resources: Many[Attachment] = ()
    areas: Many[Area] = ()


class Damage(Model):
    """One kind of damage, counted."""

    item: CodedValue
    quantity: float | None = None
    unit: Str | None = None
    loss_amount: float | None = None
    currency: Str | None = None


class Deployed(Model):
    """How much of one kind is deployed."""

    kind: CodedValue
    agency: Str | None = None
    count: float


class Speaks(Model):
    """A record type and the versions of it that an agency sends or takes."""

    payload_type: Str
    versions: Many[Str]
    unsupported_steps: Many[Str] = ()
    agency: Str | None = None
    format: Str | None = None
    modes: Many[Mode] = ()


class Schedule(Model):
    """A time of a deployment that needed_by, eta and return_by cannot say."""

    type: Str
    at: Timestamp | None = None
    location: Location | None = None


class PlanTrigger(Model):
    """When a plan comes into force."""

    type: CodedValue | None = None
    min_level: Int | None = None
    min_severity: Severity = "Unknown"
    color: WarningColor = "Unknown"
    area: Area | None = None


class PlanStep(Model):
    """Who does what, by when."""

    step_id: Str
    title: Str
    assignee: Str | None = None
    within_minutes: Int | None = None
    needs: Many[RequestLine] = ()


class Hop(Model):
    """A hub that passed a message on."""

    hub: Str
    at: Timestamp


class Signature(Model):
    """A signature over exactly the bytes of an envelope."""

    key_id: Str
    algorithm: Str
    value: bytes


class Head(Model):
    """How far a stream has come."""

    stream: Str
    epoch: Long
    first: Long
    last: Long
    count: Long
    digest: bytes


class Alert(Record):
    """CAP 1.2 with GB/T 35965.1 additions; one info block per language."""

    identifier: Str
    sender: Str
    sent: Timestamp
    sent_text: Str | None = None
    status: ExchangeStatus
    msg_type: AlertMsgType
    scope: AlertScope = "Unknown"
    source: Str | None = None
    restriction: Str | None = None
    addresses: Many[Str] = ()
    codes: Many[Str] = ()
    note: Str | None = None
    references: Many[Str] = ()
    incidents: Many[Str] = ()
    infos: Many[AlertInfo] = ()
    extensions: Map = {}


class Answer(Record):
    """Ends a replay with what was sent."""

    request: Str
    sent: Long
    first: Long | None = None
    last: Long | None = None
    digest: bytes
    complete: bool
    reason: Str | None = None


class Ask(Record):
    """Asks a hub for part of a stream."""

    request: Str
    stream: Str
    epoch: Long
    first: Long
    last: Long


class Carrier(Record):
    """What travels. A relay may append a hop and nothing else."""

    hub: Str
    stream: Str
    epoch: Long
    sequence: Long
    hops: Many[Hop] = ()
    signature: Signature | None = None
    envelope: bytes


class Envelope(Record):
    """The sealed letter around a record. Its bytes are never re-encoded."""

    message_id: Str
    agency: Str
    subject: Str
    kind: Str
    mode: Mode
    action: DistributionKind = "Unknown"
    sent_at: Timestamp
    expires_at: Timestamp | None = None
    view: Str = "full"
    masked: Many[Str] = ()
    recipients: Many[Str] = ()
    recipient_roles: Many[Str] = ()
    keywords: Many[Str] = ()
    area: Area | None = None
    confidentiality: Confidentiality = "Unknown"
    priority: Annotated[Int, Field(ge=0, le=9)] = 4
    ack_requested: AckMode = "Unknown"
    answer_by: Timestamp | None = None
    references: Many[Str] = ()
    correlation_id: Str | None = None
    exercise_id: Str | None = None
    traceparent: Str | None = None
    source_format: Str | None = None
    source_digest: Str | None = None
    lang: Str | None = None
    payload_encoding: PayloadEncoding = "Avro"
    payload: bytes


class Heads(Record):
    """How far every stream of a hub has come; retained."""

    hub: Str
    at: Timestamp
    streams: Many[Head] = ()


class Incident(Record):
    """State of one incident as its owner sees it."""

    incident_id: Str
    revision: Long | None = None
    owner: Str
    updated_at: Timestamp | None = None
    external_ids: Many[CodedValue] = ()
    parent_incident_id: Str | None = None
    links: Many[IncidentLink] = ()
    name: Str | None = None
    category: IncidentFamily
    types: Many[CodedValue] = ()
    hazards: Many[CodedValue] = ()
    lifecycle: IncidentState
    level: Annotated[Int | None, Field(ge=1, le=4)] = None
    response_level: Annotated[Int | None, Field(ge=1, le=4)] = None
    severity: Severity = "Unknown"
    certainty: Certainty = "Unknown"
    trend: Trend = "Unknown"
    cause: Cause = "Unknown"
    source: InfoSource = "Unknown"
    occurred_at: Timestamp | None = None
    reported_at: Timestamp | None = None
    observed_at: Timestamp | None = None
    closed_at: Timestamp | None = None
    location: Location
    zones: Many[Zone] = ()
    weather: Many[CodedValue] = ()
    casualties: Many[Casualties] = ()
    description: Str | None = None
    notes: Many[Note] = ()
    contacts: Many[Contact] = ()
    attachments: Many[Attachment] = ()
    involved_agencies: Many[Str] = ()
    plan_ref: Str | None = None
    extensions: Map = {}


class Mission(Record):
    """A task given to an organisation or resource, with its feedback."""

    mission_id: Str
    revision: Long | None = None
    at: Timestamp | None = None
    incident_id: Str | None = None
    parent_mission_id: Str | None = None
    issuer: Str
    assignee: Str
    resource_ids: Many[Str] = ()
    type: CodedValue | None = None
    title: Str
    instructions: Str | None = None
    state: MissionState
    priority: Int | None = None
    start_at: Timestamp | None = None
    end_at: Timestamp | None = None
    due_at: Timestamp | None = None
    location: Location | None = None
    progress_pct: Int | None = None
    feedback: Many[Note] = ()
    plan_step: Str | None = None
    attachments: Many[Attachment] = ()
    extensions: Map = {}


class Observation(Record):
    """One measurement of a station or sensor: weather, geology, water, air, structures."""

    observation_id: Str
    station_id: Str
    property: CodedValue
    at: Timestamp
    value: float | None = None
    text: Str | None = None
    unit: Str | None = None
    window_seconds: Long | None = None
    quality: CodedValue | None = None
    location: Location | None = None
    threshold_color: WarningColor = "Unknown"
    extensions: Map = {}


class Plan(Record):
    """An emergency plan, its triggers, its steps and the neighbours' plans it is linked with."""

    plan_id: Str
    revision: Long | None = None
    owner: Str
    title: Str
    types: Many[CodedValue] = ()
    area: Area | None = None
    triggers: Many[PlanTrigger] = ()
    steps: Many[PlanStep] = ()
    linked_plans: Many[Str] = ()
    state: PlanState = "Unknown"
    approved_at: Timestamp | None = None
    review_by: Timestamp | None = None
    last_drill_at: Timestamp | None = None
    attachments: Many[Attachment] = ()
    extensions: Map = {}


class Presence(Record):
    """What a participant is, speaks and whether it is alive (retained, last-will = offline)."""

    hub: Str
    generation: Long
    agency: Str
    system_name: Str
    operator_name: Str | None = None
    state: PresenceState
    planned: bool = False
    at: Timestamp
    region: Str | None = None
    produces: Many[Speaks] = ()
    consumes: Many[Speaks] = ()
    catalogues: Map = {}
    accepts_modes: Many[Mode] = ("Actual",)
    public_key: Str | None = None
    contact: Contact | None = None
    software_version: Str | None = None
    backlog: Long | None = None
    last_message_at: Timestamp | None = None
    agencies: Many[Str] = ()


class Receipt(Record):
    """Fate of one message at one recipient."""

    message_id: Str
    recipient_id: Str
    stage: Stage
    at: Timestamp
    business_answer: BusinessAnswer = "Unknown"
    by: Str | None = None
    error_code: Str | None = None
    error_path: Str | None = None
    reason: Str | None = None
    losses: Many[Str] = ()
    deviations: Many[Str] = ()
    withheld_by_agreement: Str | None = None


class Resource(Record):
    """A unit, team, person group, vehicle, drone, facility or stock that its owner chooses to show."""

    resource_id: Str
    revision: Long | None = None
    owner: Str
    updated_at: Timestamp | None = None
    kind: ResourceKind
    types: Many[CodedValue] = ()
    name: Str | None = None
    sector: OwnerSector = "Unknown"
    capabilities: Many[Capability] = ()
    quantity: float | None = None
    unit: Str | None = None
    personnel: Int | None = None
    home_base: Location | None = None
    jurisdiction: Str | None = None
    sharing: Sharing = "OnRequest"
    available_from: Timestamp | None = None
    available_to: Timestamp | None = None
    mobilisation_minutes: Int | None = None
    cost: Str | None = None
    conditions: Str | None = None
    contacts: Many[Contact] = ()
    attachments: Many[Attachment] = ()
    extensions: Map = {}


class ResourceRequest(Record):
    """One message of a mutual-aid conversation (EDXL-RM verbs in one record)."""

    request_id: Str
    step: RequestStep
    revision: Long | None = None
    at: Timestamp | None = None
    from_agency: Str
    to_agency: Str | None = None
    preceding_message_id: Str | None = None
    incident_id: Str | None = None
    purpose: CodedValue | None = None
    framework: CodedValue | None = None
    urgency: Urgency = "Unknown"
    lines: Many[RequestLine] = ()
    deliver_to: Location | None = None
    needed_by: Timestamp | None = None
    eta: Timestamp | None = None
    return_by: Timestamp | None = None
    schedule: Many[Schedule] = ()
    reporting_instructions: Str | None = None
    cost_terms: Str | None = None
    contacts: Many[Contact] = ()
    comment: Str | None = None
    extensions: Map = {}


class ResourceState(Record):
    """Small, frequent: status and position of one resource."""

    resource_id: Str
    revision: Long | None = None
    at: Timestamp | None = None
    availability: Availability
    native_status: CodedValue | None = None
    position: GeoPoint | None = None
    incident_id: Str | None = None
    mission_id: Str | None = None
    destination: Location | None = None
    eta: Timestamp | None = None
    fuel_or_battery_pct: float | None = None
    quantity_left: float | None = None
    extensions: Map = {}


class SituationReport(Record):
    """EDXL-SitRep header + counts + needs."""

    report_id: Str
    report_number: Int = 1
    version: ReportVersion
    title: Str | None = None
    purpose: Str | None = None
    incident_ids: Many[Str] = ()
    phase: Phase = "Unknown"
    prepared_by: Contact | None = None
    prepared_at: Timestamp | None = None
    authorized_by: Contact | None = None
    period_from: Timestamp | None = None
    period_to: Timestamp | None = None
    urgency: Urgency = "Unknown"
    severity: Severity = "Unknown"
    confidence: Confidence = "Unknown"
    location: Location | None = None
    summary: Str
    casualties: Many[Casualties] = ()
    damage: Many[Damage] = ()
    needs: Many[CodedValue] = ()
    needs_text: Str | None = None
    deployed: Many[Deployed] = ()
    actions_taken: Str | None = None
    next_report_at: Timestamp | None = None
    preceding_report_id: Str | None = None
    attachments: Many[Attachment] = ()
    extensions: Map = {}
