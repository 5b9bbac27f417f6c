import { knows } from "../model/version.ts";

/** Unicode 15.0, as in Go 1.21 to 1.26: the general categories that have a long name, and that name. */
const categories = new Map(
  `C=Other Cc=Control Cf=Format Co=Private_Use Cs=Surrogate L=Letter Ll=Lowercase_Letter Lm=Modifier_Letter Lo=Other_Letter
  Lt=Titlecase_Letter Lu=Uppercase_Letter M=Mark Mc=Spacing_Mark Me=Enclosing_Mark Mn=Nonspacing_Mark N=Number
  Nd=Decimal_Number Nl=Letter_Number No=Other_Number P=Punctuation Pc=Connector_Punctuation Pd=Dash_Punctuation
  Pe=Close_Punctuation Pf=Final_Punctuation Pi=Initial_Punctuation Po=Other_Punctuation Ps=Open_Punctuation S=Symbol
  Sc=Currency_Symbol Sk=Modifier_Symbol Sm=Math_Symbol So=Other_Symbol Z=Separator Zl=Line_Separator Zp=Paragraph_Separator
  Zs=Space_Separator`
    .split(/\s+/)
    .map((pair) => pair.split("=") as [string, string]),
);

/** The scripts of Unicode 15.0, as Go's table `unicode.Scripts` spells them. */
const scripts = new Set(
  `Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi
  Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform
  Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic
  Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew
  Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi
  Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
  Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive
  Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu
  Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian
  Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician
  Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo
  Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan
  Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square`.split(/\s+/),
);

/** Go 1.25's further names, in its canonical spelling, and their spelling in re2js. */
const further = new Map([
  ...[...categories].map(([short, long]) => [canonical(long), short] as const),
  ...["Any", "Ascii", "Assigned", "Lc", "Cn"].map((name) => [name, name] as const),
  ["Combiningmark", "M"],
  ["Cntrl", "Cc"],
  ["Digit", "Nd"],
  ["Punct", "P"],
  ["Unassigned", "Cn"],
  ["Casedletter", "Lc"],
]);

/**
 * The spelling in re2js of a name in `\p{}`, or undefined where Go doesn't know the name. Traefik 3.6 and newer is built with Go
 * 1.25 or newer, which takes names in any case, and has lost the scripts whose names have an inner capital (Old_Italic).
 */
export function unicodeName(name: string, traefik: string): string | undefined {
  if (!knows(traefik, "3.6")) return name === "Any" || categories.has(name) || scripts.has(name) ? name : undefined;
  const spelled = canonical(name);
  return categories.has(spelled) || scripts.has(spelled) ? spelled : further.get(spelled);
}

/** Go's `canonicalName`. */
function canonical(name: string): string {
  const bare = name.replaceAll(/[_ -]/g, "").replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return bare.replace(/^[a-z]/, (letter) => letter.toUpperCase());
}
