"""Small interchanges as a partner's own system would write them: good by the standard alone."""

from collections.abc import Collection


def orders_850(
    *numbers: str, control: int = 4711, sender: str = "NORTHMART", receiver: str = "HARBORLINE", broken: Collection[str] = ()
) -> bytes:
    """One X12 interchange with an 850 per number; those named in `broken` lack the number itself (BEG03)."""
    segments: list[str] = []
    for index, number in enumerate(numbers, 1):
        body = [
            f"BEG*00*SA*{'' if number in broken else number}**20261118",
            "CUR*BY*USD",
            "DTM*037*20261130",
            "N1*BY*NORTHMART STORES INC*UL*0614141000012",
            "N1*ST*NORTHMART DC 0117*UL*0614141001170",
            "N4*BENTON*AR*72015*US",
            "PO1*1*48*CA*31.2*PE*UP*085234500106*IN*004412345*VN*HB-1200",
            "PID*F****SALTINE CRACKERS 16 OZ",
            "CTT*1",
        ]
        segments += [f"ST*850*{index:04}", *body, f"SE*{len(body) + 2}*{index:04}"]
    envelope = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}*261118*0915*U*00401*{control:09}*0*T*>",
        f"GS*PO*{sender}*{receiver}*20261118*0915*{control}*X*004010",
        *segments,
        f"GE*{len(numbers)}*{control}",
        f"IEA*1*{control:09}",
    ]
    return "".join(f"{segment}~\n" for segment in envelope).encode()


def orders_d96a(number: str, control: int = 4711) -> bytes:
    """One EDIFACT interchange with an ORDERS D.96A."""
    body = [
        f"BGM+220+{number}+9",
        "DTM+137:20261118:102",
        "NAD+BY+0614141000012::9++NORTHMART STORES INC",
        "NAD+DP+0614141001170::9++NORTHMART DC 0117+1900 DISTRIBUTION WAY+BENTON+AR+72015+US",
        "CUX+2:USD:9",
        "LIN+1++0085234500106:EN",
        "PIA+1+004412345:IN+HB-1200:SA",
        "QTY+21:48:CS",
        "PRI+AAA:31.2",
        "UNS+S",
        "CNT+2:1",
    ]
    head = [f"UNB+UNOA:3+0852345999990:14+0852345000012:14+261118:0915+{control}++++++1", "UNH+1+ORDERS:D:96A:UN"]
    return "".join(f"{segment}'\n" for segment in [*head, *body, f"UNT+{len(body) + 2}+1", f"UNZ+1+{control}"]).encode()
