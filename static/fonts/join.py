"""Joins the Georgian, Latin and lari slices of one variable font into a single WOFF2.

usage: merge.py georgian.ttf latin.ttf lari.ttf out.woff2
"""
import sys
from fontTools.ttLib import TTFont


def add(base, other):
    order, names = base.getGlyphOrder(), other.getGlyphOrder()
    for name in names:
        if name == ".notdef" or name in order:
            continue
        base["glyf"].glyphs[name] = other["glyf"][name]
        base["hmtx"][name] = other["hmtx"][name]
        base["gvar"].variations[name] = other["gvar"].variations.get(name, [])
        order.append(name)
    base.setGlyphOrder(order)
    base["glyf"].glyphOrder = order
    for code, name in other.getBestCmap().items():
        for table in base["cmap"].tables:
            if table.isUnicode() and table.format != 14:
                table.cmap.setdefault(code, name)


def drop_variation(value):
    if value is not None:
        for field in ("XAdvDevice", "XPlaDevice", "YAdvDevice", "YPlaDevice"):
            if hasattr(value, field):
                delattr(value, field)


def add_kerning(base, other):
    """Latin pairs keep the kerning of weight 400; their variation data is left out."""
    mine, theirs = base["GPOS"].table, other["GPOS"].table
    start = len(mine.LookupList.Lookup)
    for lookup in theirs.LookupList.Lookup:
        for sub in lookup.SubTable:
            if sub.Format == 1:
                for pairs in sub.PairSet:
                    for record in pairs.PairValueRecord:
                        drop_variation(record.Value1)
                sub.ValueFormat1 = 4
            else:
                for first in sub.Class1Record:
                    for second in first.Class2Record:
                        drop_variation(second.Value1)
                sub.ValueFormat1 = 4
        mine.LookupList.Lookup.append(lookup)
    count = len(theirs.LookupList.Lookup)
    mine.LookupList.LookupCount = start + count
    for record in mine.FeatureList.FeatureRecord:
        record.Feature.LookupListIndex += range(start, start + count)
        record.Feature.LookupCount = len(record.Feature.LookupListIndex)


georgian, latin, lari = (TTFont(path) for path in sys.argv[1:4])
for font in (georgian, latin, lari):
    font.ensureDecompiled()
    for name in font.getGlyphOrder():
        font["glyf"][name].expand(font["glyf"])
add(georgian, latin)
add(georgian, lari)
add_kerning(georgian, latin)
for tag in ("HVAR", "prep", "gasp"):  # advances are in gvar too
    if tag in georgian:
        del georgian[tag]
georgian.flavor = "woff2"
georgian.save(sys.argv[4])
