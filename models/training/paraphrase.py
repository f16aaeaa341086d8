"""Say a mined query in other words: questions, synonyms, other forms of a verb.

A comment often has the words of the code below it. Who searches has not seen the code, so a model that only knows
equal stems is of little use where it is needed most.
"""
from __future__ import annotations

import random

# Words that stand for one another in talk about code. A word in two lines takes its substitutes from both.
VERBS = """
create build make construct generate produce
delete remove erase drop discard
get fetch retrieve obtain
find locate search
update change modify alter adjust
check verify validate ensure test
start launch begin
stop halt terminate end finish
send transmit dispatch emit
receive accept
read load
write save store persist
convert transform translate turn
parse interpret analyze
show display print
split divide separate
join merge combine concatenate
add append insert attach
copy clone duplicate
compute calculate determine evaluate
run execute invoke call perform
return give yield
wait block pause
skip ignore omit
fill populate
encode serialize
decode deserialize
close shut
throw raise
catch handle
process handle
set assign
allocate reserve
free release
initialize prepare
reset clear empty
escape quote
wrap enclose surround
apply use
log record
render draw paint
replace substitute swap
allow permit enable
disable forbid
limit restrict cap
filter select pick choose
iterate loop
walk traverse visit
register subscribe
notify inform tell
push add
pop take
hold keep contain
compress pack
expand unpack
detect recognize
cancel abort
""".split("\n")
MORE_VERBS = """
resolve format compare count sort match open escape retry schedule define declare describe represent provide implement
map reduce collect extract normalize move rename import export install download upload configure bind connect
disconnect listen lock unlock flush sync mark tag trim strip scan tokenize lex compile link inject mount watch track
measure emit decide look force report hash sign encrypt decrypt query group invert multiply subtract shift rotate
scale resize align indent highlight navigate select focus scroll
""".split()
NOUNS = """
function method routine
argument parameter
error failure exception problem
directory folder
list array sequence collection
map dictionary table
string text
element item entry
index position offset
size length
message notification
response reply answer
request call
option setting configuration preference
class type
object instance
thread worker
callback handler hook
event signal
character letter
line row
name identifier
field property attribute member
user client
file document
buffer memory
timeout deadline
regex pattern
test check
previous prior earlier
next following
first initial
empty blank
invalid bad wrong illegal
valid correct legal
same identical equal
given specified supplied provided
maximum largest greatest
minimum smallest least
whole entire complete
fast quick
all every
needed required necessary
several multiple many
""".split("\n")
DOUBLED = set("get set put run stop trim skip drop split map wrap begin log tag strip pop cut permit swap scan cap shut".split())
DONE = [  # {base} parse, {third} parses, {doing} parsing, {rest} what comes after
    "how to {base} {rest}", "how do we {base} {rest}", "how does it {base} {rest}", "where do we {base} {rest}",
    "where does the code {base} {rest}", "code that {third} {rest}", "what {third} {rest}", "function to {base} {rest}",
    "where is the code for {doing} {rest}", "how is {doing} {rest} handled", "{doing} {rest}", "logic for {doing} {rest}",
    "which part is responsible for {doing} {rest}", "{base} {rest}",
]
THINGS = [
    "how does the {} work", "where is the {} implemented", "where is the {} defined", "{} implementation",
    "how is the {} handled", "where is the {} handled", "what is the {} for", "{} logic", "which file has the {}", "{}",
]
NO_THINGS = set("a an the this class interface represents that type struct".split())


def third(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "aeiou" else f"{verb}s"


def doing(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith("ee"):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1] if verb in DOUBLED else ''}ing"


def plural(noun: str) -> str:
    return third(noun)


def synonyms() -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for lines, forms in ((VERBS, (str, third, doing)), (NOUNS, (str, plural))):
        for line in lines:
            for form in forms:
                words = [form(word) for word in line.split()]
                for word in words:
                    found.setdefault(word, set()).update(set(words) - {word})
    return {word: sorted(others) for word, others in found.items()}


def bases() -> dict[str, str]:
    verbs = {verb for line in VERBS for verb in line.split()} | set(MORE_VERBS)
    return {form(verb): verb for verb in sorted(verbs) for form in (str, third, doing)}


SYNONYMS = synonyms()
BASES = bases()


def substitute(words: list[str], rng: random.Random, share: float) -> list[str]:
    """Replace some of the words that have a synonym."""
    return [
        rng.choice(others) if (others := SYNONYMS.get(word.lower())) and rng.random() < share else word for word in words
    ]


def ask(words: list[str], rng: random.Random) -> list[str]:
    """Turn a comment's sentence, or the words of a name, into a question or a wish."""
    base = BASES.get(words[0].lower())
    if base and len(words) > 1:
        rest = " ".join(words[1:])
        return rng.choice(DONE).format(base=base, third=third(base), doing=doing(base), rest=rest).split()
    while len(words) > 2 and words[0].lower() in NO_THINGS:
        words = words[1:]
    return rng.choice(THINGS).format(" ".join([words[0].lower(), *words[1:]])).split()
