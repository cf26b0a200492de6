"""Small healthcare sets of our own writing, without a fault by their guides."""

ENROLLMENT = (
    "ST*834*0001*005010X220A1",
    "BGN*00*N4711*20261101*1200****2",
    "REF*38*POLICY 12",
    "N1*P5*NORTHMART*FI*123456789",
    "N1*IN*HARBOR HEALTH*FI*987654321",
    "INS*Y*18*021*28*A***FT",
    "REF*0F*S0001",
    "DTP*356*D8*20261101",
    "NM1*IL*1*RIVERA*ANA****34*123456789",
    "PER*IP**TE*5553334444",
    "N3*12 MILL LANE",
    "N4*ALBANY*NY*12207",
    "DMG*D8*19800102*F",
    "HD*021**HLT",
    "DTP*348*D8*20261101",
    "SE*16*0001",
)

CLAIM = (
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*B1*20261101*1200*CH",
    "NM1*41*2*LAKE CLINIC*****46*C123",
    "PER*IC*A OKAFOR*TE*5553334444",
    "NM1*40*2*HARBOR HEALTH*****46*P1",
    "HL*1**20*1",
    "NM1*85*2*LAKE CLINIC*****XX*1234567893",
    "N3*12 MILL LANE",
    "N4*ALBANY*NY*12207",
    "REF*EI*123456789",
    "HL*2*1*22*0",
    "SBR*P*18*GROUP1******CI",
    "NM1*IL*1*RIVERA*ANA****MI*M123",
    "N3*9 STATION STREET",
    "N4*ALBANY*NY*12207",
    "DMG*D8*19800102*F",
    "NM1*PR*2*HARBOR HEALTH*****PI*P1",
    "CLM*CL1*100***11:B:1*Y*A*Y*Y",
    "HI*ABK:J20",
    "LX*1",
    "SV1*HC:99213*60*UN*1***1",
    "DTP*472*D8*20261030",
    "LX*2",
    "SV1*HC:81002*40*UN*1***1",
    "DTP*472*D8*20261030",
    "SE*26*0001",
)

#: the least that a payment advice says; 005010X221A1
PAYMENT = (
    "ST*835*0001",
    "BPR*I*100*C*CHK************20261101",
    "TRN*1*T1*1512345678",
    "N1*PR*HARBOR HEALTH",
    "N3*1 COMMERCE DRIVE",
    "N4*DAYTON*OH*45402",
    "PER*BL*S PATEL*TE*5551112222",
    "N1*PE*LAKE CLINIC*XX*1234567893",
    "LX*1",
    "CLP*CL1*1*100*100**12*R1*11",
    "NM1*QC*1*RIVERA*ANA",
    "SVC*HC:99213*100*100",
    "DTM*472*20261030",
    "SE*14*0001",
)

_GROUPS = {"834": ("BE", "005010X220A1"), "837": ("HC", "005010X222A1"), "835": ("HP", "005010X221A1")}


def interchange(*sets: tuple[str, ...], kind: str = "", release: str = "") -> bytes:
    """An interchange of these sets, which are of one kind; GS01 and GS08 are those of the kind unless others are given."""
    usual = _GROUPS.get(sets[0][0].split("*")[1], ("", ""))
    kind, release = kind or usual[0], release or usual[1]
    lines = [
        "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261101*1200*^*00501*000000001*0*T*:",
        f"GS*{kind}*NORTHMART*HARBORLINE*20261101*1200*1*X*{release}",
        *(segment for one in sets for segment in one),
        f"GE*{len(sets)}*1",
        "IEA*1*000000001",
    ]
    return "".join(line + "~\n" for line in lines).encode()
