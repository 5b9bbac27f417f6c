import fc from "fast-check";

/** Regular expressions rich in what Go's syntax has, and in what it lacks; about a third of them valid. */

const words = (text: string, ...more: string[]) => fc.constantFrom(...text.trim().split(/\s+/), ...more);
const often = { arbitrary: fc.constant(""), weight: 8 };

const atom = words(
  String.raw`a b Z 0 9 _ - . : / é ſ K 😀 < > , } ] { {,2} {a} ^ $
  \d \D \s \S \w \W \b \B \A \z \a \f \n \r \t \v \. \- \] \/ \_ \é
  \x41 \x{e9} \x{1F600} \x{110000} \x4 \x{} \0 \12 \141 \08 \1 \8 \Z \C \G \h \k<a> \u0041 \X \e \cA \E
  \Qa.b\E \Q(?P<a>\E \Q\pX\E* \Q[\E \Q\\E \Q]a`,
  ...[" ", "\n", "\0"],
);
const name = words(
  `L Lu Nd Greek greek Letter lowercase_letter Digit Unassigned Any any ASCII Assigned LC Lc cn Old_Italic Linear_A OldItalic
  Garay Sunuwar Todhri Sidetic Thaa Kawi SignWriting Han ^Lu ^^Lu ^ Script=Greek gc=L L& Emoji Alphabetic -l-u- ] [: a:]`,
  ...["", "Greek ", "lowercase letter", "Gree\u212a"],
);
const unicode = fc.oneof(
  fc.tuple(fc.constantFrom("\\p", "\\P"), name).map(([p, inner]) => `${p}{${inner}}`),
  words(String.raw`\pL \PN \pl \pé \p \p{L \p^L \p😀 \p\ \\p{X}`),
);
const posix = words(
  `[:alnum:] [:alpha:] [:ascii:] [:blank:] [:cntrl:] [:digit:] [:graph:] [:lower:] [:print:] [:punct:] [:space:] [:upper:]
  [:word:] [:xdigit:] [:^alpha:] [:foo:] [:Alpha:] [::] [: :] [=a=] [:alpha]`,
  "[: alpha:]",
);
const inside = fc.oneof(
  { arbitrary: atom, weight: 3 },
  unicode,
  posix,
  words(String.raw`a-z z-a a-\d --/ - ^ [ (?P<a> (?<z>-a \Q && \]-a \x{61}-\x{7A} é-ü`),
);
const bracket = fc
  .tuple(words("[ [^ [] [^]"), fc.array(inside, { maxLength: 4 }), words("] ] ] ] ] ]", ""))
  .map(([open, items, close]) => open + items.join("") + close);
const repeat = fc.oneof(
  often,
  words("* + ? *? +? ?? {2} {0} {1,3} {2,} {2,}? {0,0} {,3} {02}", "{ 2}"),
  words("{10} {100} {1000} {1001} {3,2} {999,1000} {99999999999} ** +* {2}{3} *{2} ???"),
);
const opening = words(
  `( ( ( ( (?: (?: (?i: (?s: (?m-s: (?U: (?-i: (?imsU: (?ii: (?:(?i) (?P<a> (?P<a> (?<a> (?<b_1> (?P<1> (?P<constructor>
  (?P<> (?P<é> (?P<a (?P=a) (?P>a) (?'a' (?= (?! (?<= (?<! (?> (?# (? (?-: (?i-: (?-i-s: (?x: (?--i:`,
  "(?P<a b>",
);
const flags = words("(?i) (?s) (?m) (?U) (?i-s) (?-i) (?) (?-) (?x) (?i)* (?ims) (?I)");

const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 5, depthIdentifier: "regexp" },
    { arbitrary: atom, weight: 6 },
    { arbitrary: bracket, weight: 3 },
    unicode,
    flags,
    {
      arbitrary: fc.tuple(opening, tie("pattern"), words(") ) ) ) ) ) ) ) )", "")).map((parts) => parts.join("")),
      weight: 4,
    },
  ),
  pattern: fc
    .array(fc.tuple(tie("piece"), repeat, fc.oneof(often, words("| | )"))), {
      minLength: 1,
      maxLength: 5,
      size: "max",
      depthIdentifier: "regexp",
    })
    .map((pieces) => pieces.flat().join("")),
}));

export const anyGoRegexp = fc.oneof(
  { arbitrary: pattern, weight: 4 },
  fc.array(fc.oneof(atom, repeat, bracket, unicode), { maxLength: 5 }).map((pieces) => pieces.join("")),
  fc.string({ unit: fc.constantFrom(..."ab\\[](){}?*+|^$-.:iP<>x41QEpL,=!zé"), maxLength: 12 }),
);

/** Texts that such an expression may match. */
export const sampleTexts = [
  ...[
    "",
    "a",
    "b",
    "aa",
    "AB",
    "ab0",
    "Z_9",
    "a b",
    "\n",
    "a\nb",
    "é",
    "É",
    "ſ",
    "s",
    "K",
    "k",
    "\u212a",
    "😀",
    "α",
    "Ω",
    "あ",
  ],
  ...["0", "٣", "-", "]", "[:", "a.b", "\0", "/abc/", "aaaaaaaaaaaa"],
];
