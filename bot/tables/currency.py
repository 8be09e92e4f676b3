"""Which currencies exist and how many decimals their amounts have.

It converts nothing and holds no rates; source: ISO 4217, list one (active codes), minor units 0 and 3
being the exceptions to 2.
"""


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_MINOR = _codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
_THREE = _codes("BHD IQD JOD KWD LYD OMR TND")
CURRENCIES = (
    _NO_MINOR
    | _THREE
    | _codes("""
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
        CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
        MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
        SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG
        YER ZAR ZMW ZWG
    """)
)


def minor_digits(currency: str) -> int:
    """Number of decimals of a currency: 0, 2 or 3."""
    if currency in _NO_MINOR:
        return 0
    return 3 if currency in _THREE else 2
