"""Words of English failure messages that tell a reader what kind of thing stands beside them.

General vocabulary, of no particular system: what introduces a name, what says what happened.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What follows one of these is usually somebody's or something's name.
INTRODUCES_A_NAME: Final = _words("""
    user username account role group owner host hostname node server client service daemon program
    process thread command function method tool model agent class module package library plugin
    driver device interface adapter port domain zone region cluster volume disk partition bucket
    queue topic channel table column field key attribute property parameter argument option
    variable index type object file filename path directory folder document page url address
    source destination origin target customer order product item flight city name named called
    value got expected received id tenant project branch repository image container pod job
""")

# After one of these and a colon, anything at all may stand.
INTRODUCES_ANYTHING: Final = _words("""
    value values got expected received actual input inputs output outputs query argument arguments
    params content response
""")

PREPOSITIONS: Final = _words("for from by to of on in at with via as")

# Words whose quotes do not make them a value: `is now in state 'Active'`.
STATES: Final = _words("""
    active inactive enabled disabled open closed up down on off success failure failed ok error
    ready pending running stopped started paused resumed online offline available unavailable
    suspended completed cancelled canceled healthy unhealthy degraded blocked
""")

# A change of one of these changes what the message says, wherever it stands.
SAYS_WHAT_HAPPENED: Final = (
    PREPOSITIONS
    | STATES
    | _words("""
    no not never none null only all any some without into onto before after up down off open closed
    start stop begin end enter exit entered left success failure fail pass ok bad good yes true
    false high low full empty normal warning critical error fatal info new old first last missing
    invalid valid available unavailable active inactive online offline busy idle ready pending done
    complete is are was were be been has have had can cannot could will would may must does did do
    read write send receive create delete update insert remove add get set put post load save
    connect disconnect bind accept enable disable
""")
)

HAPPENING_ENDINGS: Final = (
    "ed", "ing", "able", "ible", "tion", "sion", "ment", "ful", "ness", "ly", "ive", "ize",
)  # fmt: skip

NAMES_THE_FAULT: Final = ("Exception", "Error", "Warning", "Fault", "Failure", "Timeout")

UNITS: Final = _words(
    "B kB KB MB GB TB KiB MiB GiB TiB b kb mb gb tb ns us µs ms s sec secs min mins hr hrs"
)

LITERALS: Final = _words("None True False null true false nil NaN undefined")

PLACES: Final = _words("""
    com net org edu gov io dev local lan internal cn de uk fr jp ru nl it pl br tw hk in us eu
""")

FILES: Final = _words("""
    py js ts java c h cpp cc go rs rb php sh so jar exe dll sys log txt csv tsv json jsonl xml yml
    yaml html htm md pdf png jpg jpeg gif zip gz tar tgz db sql cfg conf ini toml lock pid tmp bak
    dat bin rrd plist pcap pcapng xls xlsx doc docx mp3 mp4 wav
""")
