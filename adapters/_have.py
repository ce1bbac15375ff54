"""What EDXL-HAVE 1.0 says of a hospital, element by element in the order of its XSD: text, numbers, truths and words of lists. ``*``: any number."""

from collections.abc import Iterator
from typing import Any

from bridge import Lenient, xml

HAVE = "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0"
TEXT, INT, BOOL, URI = "text", "integer", "boolean", "uri"
BEDS = tuple(
    "AdultICU PediatricICU NeonatalICU EmergencyDepartment NurseryBeds MedicalSurgical RehabLongTermCare Burn Pediatrics AdultPsychiatric"
    " PediatricPsychiatric NegativeFlowIsolation OtherIsolation OperatingRooms".split()
)
CAPACITY = {
    "CapacityStatus": ("Vacant/Available", "NotAvailable"),
    "AvailableCount": INT,
    "BaselineCount": INT,
    "AdditionalCapacityCount24Hr": INT,
    "AdditionalCapacityCount72Hr": INT,
}
TRIAGE = {"TriageCodeListURN": URI, "TriageCode*": {"TriageCodeValue*": ("Red", "Yellow", "Green", "Black"), "TriageCountQuantity*": INT}}
OFFLOAD = {"EMSOffloadStatus": ("Normal", "Delayed"), "EMSOffloadMinutes": INT}
ENOUGH = ("Adequate", "Insufficient")
EMERGENCY = {
    "EMSTraffic": {"EMSTrafficStatus": ("Normal", "Advisory", "Closed", "NotApplicable"), "EMSTrafficReason": TEXT, "CommentText": TEXT},
    "EMSCapacity": TRIAGE,
    "EMSCensus": TRIAGE,
    "EMSAmbulanceStatus": OFFLOAD,
    "EMSAirTransportStatus": OFFLOAD,
    "CommentText*": TEXT,
}


def either(name: str, *kinds: str) -> dict[str, Any]:
    """A service as a whole, or its kinds one by one."""
    return {name: BOOL, f"{name}SubType": dict.fromkeys(kinds, BOOL)}


SURGERY = "General AdultGeneralSurgery Pediatrics Orthopedics Neurosurgery Facial CardioThoracic Hand Reimplantation Spinal Vascular Anesthesia"
SERVICES: dict[str, Any] = {
    "Burn": BOOL,
    "CardiologyIndicator": either("Cardiology", "CardiologyInvasive", "CardiologyNonInvasive"),
    **dict.fromkeys("Dialysis EmergencyDepartment HyperbaricChamber InfectiousDisease Neonatology".split(), BOOL),
    "NeurologyIndicator": either("Neurology", "NeurologyInvasive", "NeurologyNonInvasive"),
    "OBGYNIndicator": either("OBGYN", "OBGYNWithLaborDelivery", "OBGYNWithoutLaborDelivery"),
    **dict.fromkeys("Ophthalmology Orthopedic Pediatrics".split(), BOOL),
    "PsychiatricIndicator": either("Psychiatric", "PsychiatricAdultGeneral", "PsychiatricPediatric"),
    "SurgeryIndicator": either("Surgery", *SURGERY.split()),
    "TransportServicesIndicator": either("TransportServices", "AmbulanceServices", "AirTransportServices"),
    "TraumaCenterServicesIndicator": {"TraumaCenterServices": BOOL, "TraumaCenterServicesLevel": ("Level1", "Level2", "Level3", "Level4")},
    "CommentText*": TEXT,
}
FACILITY = {
    "HospitalEOCStatus": ("Active", "Inactive"),
    "HospitalEOCPlan": ("Active", "Inactive"),
    "ClinicalStatus": ("Normal", "Full"),
    "DeconCapacity": {
        "DeconCapacityStatus": ("Inactive", "Open", "Full", "Exceeded"),
        "AmbulatoryPatientsDeconCapacity": TEXT,
        "NonAmbulatoryPatientsDeconCapacity": TEXT,
    },
    "MorgueCapacity": {"MorgueCapacityStatus": ("Open", "Full", "Exceeded"), "MorgueCapacityUnits": INT},
    "FacilityStatus": ("Normal", "Compromised", "Evacuating", "Closed"),
    "SecurityStatus": ("Normal", "Elevated", "RestrictedAccess", "Lockdown", "Quarantine"),
    "Activity24Hr": dict.fromkeys(("Admissions", "Discharges", "Deaths"), TEXT),
    "CommentText*": TEXT,
}
RESOURCES = {
    **dict.fromkeys(("Staffing", "FacilityOperations", "ClinicalOperations"), ENOUGH),
    "ResourcesInformationText*": TEXT,
    "CommentText*": TEXT,
}
SECTIONS: dict[str, dict[str, Any]] = {
    "EmergencyDepartmentStatus": EMERGENCY,
    "ServiceCoverageStatus": SERVICES,
    "HospitalFacilityStatus": FACILITY,
    "HospitalResourcesStatus": RESOURCES,
}


def fits(words: str, kind: Any) -> str | None:
    """The word as the XSD wants it, nothing if it is none."""
    clean = words.strip()
    if isinstance(kind, tuple):
        return next((each for each in kind if each.lower() == clean.lower()), None)
    if kind == INT:
        digits = clean.removeprefix("-")
        return clean if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    if kind == BOOL:
        return {"1": "true", "0": "false"}.get(clean, clean) if clean in ("true", "false", "1", "0") else None
    return (words if kind == TEXT else clean) if clean else None


def flat(reading: Lenient, element: xml.Element, spec: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    """Every word below an element with its place; what the standard does not know is kept and named by ``reading``."""
    names = {name.rstrip("*"): (kind, name.endswith("*")) for name, kind in spec.items()}
    for name, elements in reading.parts(element, at, tuple(names)).items():
        kind, many = names[name]
        for index, each in enumerate(elements):
            place = f"{at}{name}/{index}" if many else f"{at}{name}"
            if index and not many:
                reading.odd(place, "given more than once")
                reading.keep(f"{place}/{index}", xml.outer(each))
            elif isinstance(kind, dict):
                yield from flat(reading, each, kind, f"{place}/")
            elif (words := each.text or "").strip() or len(each):
                if (found := fits(words, kind)) is not None:
                    yield place, found
                else:
                    reading.odd(place, f"'{words.strip()}' is not in the list")
                    reading.keep(reading.free(f"{place}!"), words)


def regrow(parent: xml.Element, spec: dict[str, Any], told: dict[str, str], at: str) -> None:
    """The reverse of ``flat``: the elements of the places that are told, in the order of the XSD."""
    for key, kind in spec.items():
        name, place = key.rstrip("*"), f"{at}{key.rstrip('*')}"
        if key.endswith("*"):
            below = {step for each in told if each.startswith(f"{place}/") and (step := each[len(place) + 1 :].partition("/")[0]).isdigit()}
            places = [f"{place}/{index}" for index in sorted(below, key=int)]
        else:
            places = [place]
        for each in places:
            if isinstance(kind, dict):
                made = xml.root(name, HAVE)
                regrow(made, kind, told, f"{each}/")
                if len(made) and not rivals(parent, name):
                    parent.append(made)
            elif each in told and (words := fits(told[each], kind)) is not None:
                xml.add(parent, name, words, HAVE)


def rivals(parent: xml.Element, name: str) -> bool:
    """Whether the service as a whole is said already, where its kinds would be."""
    return name.endswith("SubType") and any(xml.name(each) == name.removesuffix("SubType") for each in parent)
