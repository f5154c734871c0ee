#!/usr/bin/env python3
"""Train the tables that choose the content blocks of a page.

  train_extraction.py FEATURES.jsonl TRUTH.jsonl [--out src/document]
                      [--cross-validated predictions.jsonl]

FEATURES comes from bench_extraction_features. TRUTH has one page a line: "id", "url", and either
"body" (the expected text) or "with"/"without" (segments that must and must not occur); "type" says
what kind of page it is, where people judged that. Needs numpy and lightgbm.

Four things are learned, each from what the ones before say:
  words   what the words in names of elements, and the first words of blocks, say
  first   trees that see each block alone
  type    trees that see the page as a whole, and say what kind of page it is
  second  trees that also see what the first ones said about a block's neighbours, its containers
          and the blocks that look like it, and the type of the page
Every stage learns from answers of earlier stages that did not know the page nor another page of its
site, and cross-validated predictions come from tables of that kind, so their scores are honest.
"""
import argparse, collections, json, re, urllib.parse, zlib
import numpy as np
import lightgbm as lgb

WORD = re.compile(r'\w+', re.U)
FOLDS = 5
SHARED = dict(objective='cross_entropy', verbose=-1, num_threads=1, seed=1, deterministic=True,
              force_row_wise=True, max_bin=63)
FIRST = dict(SHARED, num_leaves=16, learning_rate=0.06, min_data_in_leaf=60, feature_fraction=0.3,
             bagging_fraction=0.7, bagging_freq=1, lambda_l2=5.0)
SECOND = dict(FIRST, num_leaves=14, learning_rate=0.05, min_data_in_leaf=80)
ROUNDS = (160, 180)
TYPES = ('article', 'documentation', 'service', 'forum', 'collection', 'listing', 'product')
TYPE = dict(objective='multiclass', num_class=len(TYPES), verbose=-1, num_threads=1, seed=1,
            deterministic=True, num_leaves=7, learning_rate=0.1, min_data_in_leaf=10,
            feature_fraction=0.4, lambda_l2=5.0)
TYPE_ROUNDS = 40
ARTICLE_LEAN = 0.3
HEADING, LIST_ITEM, TABLE = 1, 2, 5  # of BlockKind
SURROUNDINGS = ('node', 'parent', 'section', 'look')
SITES_MIN = 6     # a word of fewer sites may be the habit of one author
SMOOTHING = 3.0   # pages that a word is imagined to have been seen on beforehand


def words(text):
    return WORD.findall((text or '').lower())


class Page:
    pass


def shares_of(blocks_words, gold):
    """How much of each block is found in the expected text, word for word."""
    grams = {n: set(tuple(gold[i:i + n]) for i in range(len(gold) - n + 1)) for n in range(1, 5)}
    shares = np.zeros(len(blocks_words))
    for i, w in enumerate(blocks_words):
        n = min(4, len(w))
        if n:
            found = [tuple(w[k:k + n]) in grams[n] for k in range(len(w) - n + 1)]
            shares[i] = sum(found) / len(found)
    return shares


def first_labels(shares, size):
    """Long blocks by what is found of them; short ones are content only beside content."""
    labels = np.where(size == 0, np.nan, (shares >= 0.5).astype(float))
    long = size >= 4
    for i in np.flatnonzero(~long & (size > 0)):
        near = slice(max(0, i - 3), i + 4)
        beside = np.any(labels[near][long[near]] == 1.0)
        labels[i] = 1.0 if shares[i] == 1.0 and beside else 0.0
    return labels


def improve(labels, shares, bags, size, gold):
    """Flips labels while that brings the blocks' bag of words nearer to the expected one: of copies
    one is content, and a short block that the expected text has is content wherever it stands."""
    gold = collections.Counter(gold)
    expected = sum(gold.values())
    have, kept = collections.Counter(), 0
    for bag, n, label in zip(bags, size, labels):
        if label == 1.0:
            have.update(bag)
            kept += n
    hit = sum(min(have[w], gold[w]) for w in gold)
    for _ in range(4):
        before = labels.copy()
        for i, bag in enumerate(bags):
            if np.isnan(labels[i]):
                continue
            keep = labels[i] == 0.0
            if keep and shares[i] < (1.0 if size[i] < 4 else 0.3):
                continue
            sign = 1 if keep else -1
            now = hit + sum(min(have[w] + sign * k, gold[w]) - min(have[w], gold[w])
                            for w, k in bag.items())
            total = kept + sign * size[i]
            if now / (total + expected) > hit / (kept + expected) + 1e-9:
                labels[i] = float(keep)
                hit, kept = now, total
                have.update(bag) if keep else have.subtract(bag)
        if np.array_equal(before, labels, equal_nan=True):
            break
    return labels


def label_body(blocks, body):
    """Label in [0, 1] or nan, and weight of each block: is it part of the expected text?"""
    gold = words(body)
    block_words = [words(b['text']) for b in blocks]
    size = np.array([len(w) for w in block_words], float)
    shares = shares_of(block_words, gold)
    bags = [collections.Counter(w) for w in block_words]
    labels = improve(first_labels(shares, size), shares, bags, size, gold)
    # What is found of a long block in half is content in half.
    labels = np.where(size >= 4, (labels + shares) / 2, labels)
    return labels, np.minimum(size, 150) ** 0.6


def fold_space(text):
    return re.sub(r'\s+', ' ', text).strip()


def label_segments(blocks, row):
    labels = np.full(len(blocks), np.nan)
    texts = [fold_space(b['text']) for b in blocks]
    for value, key in ((0.0, 'without'), (1.0, 'with')):
        for segment in row[key]:
            for i, t in enumerate(texts):
                if fold_space(segment) in t:
                    labels[i] = value
    return labels, np.full(len(blocks), 4.0)


def load(features, truth):
    rows = {}
    for line in open(truth, encoding='utf-8'):
        r = json.loads(line)
        rows[r['id']] = r
    pages = []
    for line in open(features, encoding='utf-8'):
        f = json.loads(line)
        p = Page()
        p.row = rows[f['id']]
        p.blocks = f['blocks']
        p.names = f['names']
        p.x = np.array([b['x'] for b in p.blocks], np.float32)
        for b in p.blocks:
            del b['x']
        if not p.blocks:
            continue
        p.page_x = p.x[0, -f['page_columns']:]
        if p.row.get('body'):
            p.y, p.w = label_body(p.blocks, p.row['body'])
            p.w /= max(1.0, np.sum(p.w[p.y > 0.5])) ** 0.5
            if p.row['set'] == 'aeb':
                p.w *= 2
        else:
            p.y, p.w = label_segments(p.blocks, p.row)
            p.w /= max(1.0, np.sum(~np.isnan(p.y)) * 4.0) ** 0.5
        p.site = site_of(p.row)
        p.fold = zlib.crc32(p.site.encode()) % FOLDS
        pages.append(p)
    return pages


def neighbour_features(page, p):
    """Must equal second_row() in html_main.cpp."""
    n = len(p)
    sizes = np.array([len(b['text'].encode()) for b in page.blocks], float)
    weight = np.minimum(sizes, 400)
    sums = {}
    for key in SURROUNDINGS:
        s = collections.defaultdict(lambda: [0.0, 0.0, 0.0])
        for i, b in enumerate(page.blocks):
            t = s[b[key]]
            t[0] += weight[i] * p[i]
            t[1] += weight[i]
            t[2] = max(t[2], p[i])
        sums[key] = s
    total = float(np.sum(weight * p)) / max(1.0, float(np.sum(weight)))
    kept = np.cumsum(weight * p)
    all_kept = max(1.0, kept[-1])
    out = np.zeros((n, 21), np.float32)
    for i, b in enumerate(page.blocks):
        f = [p[i]]
        for d in (-3, -2, -1, 1, 2, 3):
            f.append(p[i + d] if 0 <= i + d < n else -1.0)
        for radius in (3, 8):
            lo, hi = max(0, i - radius), min(n, i + radius + 1)
            f.append(float(np.sum((weight * p)[lo:hi]) / max(1.0, np.sum(weight[lo:hi]))))
        for key in SURROUNDINGS:
            t = sums[key][b[key]]
            f += [t[0] / max(1.0, t[1]), t[2]]
        f.append(total)
        f.append(kept[i] / all_kept)
        f.append(np.log2(1 + all_kept))
        f.append(float(np.max(p)))
        out[i] = f
    return out


def site_of(row):
    host = urllib.parse.urlsplit(row.get('url') or row['id']).hostname or row['id']
    return '.'.join(host.split('.')[-2:])


def word_weights(pages, words_of):
    """Log odds, in hundredths, of words that enough sites use. A page has one vote per word."""
    yes, no, sites = collections.Counter(), collections.Counter(), collections.defaultdict(set)
    for p in pages:
        seen = collections.defaultdict(list)
        for block, y in zip(p.blocks, p.y):
            if np.isnan(y):
                continue
            for word in set(words_of(p, block)):
                seen[word].append(y)
        for word, ys in seen.items():
            share = sum(ys) / len(ys)
            yes[word] += share
            no[word] += 1 - share
            sites[word].add(p.site)
    prior = sum(yes.values()) / max(1.0, sum(yes.values()) + sum(no.values()))
    base = np.log(prior / (1 - prior))
    out = {}
    for word, at in sites.items():
        if len(at) >= SITES_MIN:
            against = no[word] + SMOOTHING * (1 - prior)
            odds = np.log((yes[word] + SMOOTHING * prior) / against)
            out[word] = int(np.clip(round((odds - base) * 100), -400, 400))
    return out


def words_of_names(page, block):
    return (word for i in block['names'] for word in page.names[i])


def words_of_text(page, block):
    return block['words']


def summary(weights):
    return (sum(weights) / len(weights), min(weights), max(weights)) if weights else (0, 0, 0)


def word_features(page, name_weights, text_weights):
    """Must equal LearnedWords::append in html_words.cpp."""
    known = [[name_weights[w] / 100 for w in words if w in name_weights] for words in page.names]
    out = np.zeros((len(page.blocks), 14), np.float32)
    heading = (0, 0, 0)
    for i, block in enumerate(page.blocks):
        levels = [known[k] for k in block['names']]
        near = [w for level in levels[:3] for w in level]
        every = [w for level in levels for w in level]
        text = [text_weights[w] / 100 for w in block['words'] if w in text_weights]
        out[i] = (summary(levels[0] if levels else [])[0], *summary(near), *summary(every),
                  *summary(text), sum(text), *heading)
        if block['kind'] == HEADING:
            heading = summary(text)
    return out


def add_words(pages):
    """Every page's word features, from weights that its fold had no part in."""
    for k in range(FOLDS):
        rest = [p for p in pages if p.fold != k]
        names, text = word_weights(rest, words_of_names), word_weights(rest, words_of_text)
        for p in pages:
            if p.fold == k:
                p.x = np.hstack([p.x, word_features(p, names, text)])


def fit(pages, xs, params, rounds):
    x = np.concatenate(xs)
    y = np.concatenate([p.y for p in pages])
    w = np.concatenate([p.w for p in pages])
    m = ~np.isnan(y) & (w > 0)
    return lgb.train(params, lgb.Dataset(x[m], y[m], weight=w[m]), rounds)


def page_row(page, p):
    """Must equal type_row() in html_main.cpp."""
    size = np.minimum([len(b['text'].encode()) for b in page.blocks], 400).astype(float)
    kind = np.array([b['kind'] for b in page.blocks])
    w = size / max(1.0, size.sum())
    kept = w * p
    all_kept = max(1e-6, kept.sum())
    likely = p > 0.5
    f = [kept.sum(), w[likely].sum(), np.log2(1 + (size * p).sum()), p.max(),
         np.log2(1 + len(p)), kept[size < 60].sum() / all_kept, size.mean(),
         size[likely].mean() if likely.any() else 0.0]
    for k in (0, 1, 2, TABLE):
        f += [kept[kind == k].sum() / all_kept, w[kind == k].sum()]
    return np.concatenate([page.page_x, np.array(f, np.float32)])


def fit_types(pages, rows):
    y = [TYPES.index(p.row['type'] if p.row.get('type') in TYPES else 'article') for p in pages]
    # Pages whose type nobody judged are news and blogs, nearly all.
    w = [0.15 if 'type' not in p.row else 0.5 if p.row['set'] == 'aeb' else 1.0 for p in pages]
    rows = lgb.Dataset(np.array(rows), np.array(y), weight=np.array(w))
    return lgb.train(TYPE, rows, TYPE_ROUNDS)


def stacked_types(pages, first_p):
    """Type probabilities of every page, from a model that did not see its fold."""
    rows = [page_row(p, q) for p, q in zip(pages, first_p)]
    out = [None] * len(pages)
    for k in range(FOLDS):
        rest = [i for i, p in enumerate(pages) if p.fold != k]
        model = fit_types([pages[i] for i in rest], [rows[i] for i in rest])
        for i, p in enumerate(pages):
            if p.fold == k:
                out[i] = model.predict(rows[i][None])[0].astype(np.float32)
    return out


def stacked(pages, folds):
    """First-stage probabilities for every page, each from a model that did not see its fold."""
    out = [None] * len(pages)
    for k in folds:
        train = [p for p in pages if p.fold != k]
        model = fit(train, [p.x for p in train], FIRST, ROUNDS[0])
        for i, p in enumerate(pages):
            if p.fold == k:
                out[i] = model.predict(p.x)
    return out


def second_x(page, p, types):
    return np.hstack([page.x, neighbour_features(page, p), np.repeat(types[None], len(p), 0)])


def stack(pages):
    """What the first trees and the type say of each page, and what the second trees see."""
    first_p = stacked(pages, range(FOLDS))
    types = stacked_types(pages, first_p)
    xs = [second_x(p, q, t) for p, q, t in zip(pages, first_p, types)]
    return first_p, types, xs


def train(pages):
    first_p, _, xs = stack(pages)
    first = fit(pages, [p.x for p in pages], FIRST, ROUNDS[0])
    types = fit_types(pages, [page_row(p, q) for p, q in zip(pages, first_p)])
    return first, types, fit(pages, xs, SECOND, ROUNDS[1])


def cross_validate(pages):
    """Which blocks of every page are kept by models trained on the other folds."""
    _, types, xs = stack(pages)
    out = {}
    for k in range(FOLDS):
        rest = [i for i, p in enumerate(pages) if p.fold != k]
        second = fit([pages[i] for i in rest], [xs[i] for i in rest], SECOND, ROUNDS[1])
        for i, p in enumerate(pages):
            if p.fold == k:
                out[p.row['id']] = chosen(p, second.predict(xs[i]), types[i])
    return out


def is_definition(page, block):
    return bool(block['names']) and any(w in ('<dt', '<dd') for w in page.names[block['names'][0]])


def is_of_run(page, a, b):
    """Must equal Runs::is_of_run in html_main.cpp."""
    if a['kind'] != b['kind']:
        return False
    if a['kind'] == TABLE:
        return a['group'] == b['group']
    if a['parent'] != b['parent']:
        return False
    if is_definition(page, a):
        return is_definition(page, b)
    return a['kind'] == LIST_ITEM and a['look'] == b['look']


def share_runs(page, p, size):
    begin = 0
    while begin < len(p):
        end = begin + 1
        while end < len(p) and is_of_run(page, page.blocks[begin], page.blocks[end]):
            end += 1
        p[begin:end] = np.sum(size[begin:end] * p[begin:end]) / np.sum(size[begin:end])
        begin = end


def chosen(page, p, types):
    """Must equal best_cut() in html_main.cpp."""
    size = np.array([len(b['text'].encode()) for b in page.blocks], float)
    p = np.array(p, float)
    share_runs(page, p, size)
    order = np.argsort(-p, kind='stable')
    hit, kept = np.cumsum((p * size)[order]), np.cumsum(size[order])
    missing = 1 - ARTICLE_LEAN * (types[0] + types[1])
    return p >= p[order[int(np.argmax(hit / (kept + missing * hit[-1])))]]


def flatten(tree, nodes, leaves):
    """Nodes (feature, leaves of the left subtree, threshold) and leaves from left to right."""
    if 'leaf_value' in tree:
        leaves.append(tree['leaf_value'])
        return
    begin = len(leaves)
    flatten(tree['left_child'], nodes, leaves)
    nodes.append((tree['split_feature'], begin, len(leaves), tree['threshold']))
    flatten(tree['right_child'], nodes, leaves)


def number(value, digits=4):
    text = f'{value:.{digits}g}'
    return text.replace('0.', '.', 1) if text.lstrip('-').startswith('0.') else text


def lines(items, start='    ', end=''):
    out, line = [], start
    for item in items:
        if len(line) + len(item) + len(end) > 100:
            out.append(line + end)
            line = start
        line += item
    return '\n'.join(out + [line + end])


def write_table(path, name, model):
    nodes, leaves, counts = [], [], []
    for tree in model.dump_model()['tree_info']:
        own = []
        flatten(tree['tree_structure'], nodes, own)
        leaves += own
        counts.append(len(own))
    with open(path, 'w', encoding='utf-8') as f:
        f.write('// Generated by tools/train_extraction.py: do not edit.\n\n'
                '#include "document/html_model.h"\n\nnamespace muai {\nnamespace {\n\n'
                '// The numbers are rounded, and meant to be.\n'
                '#pragma clang diagnostic ignored "-Wimplicit-float-conversion"\n'
                '// clang-format off\nconstexpr TreeNode kNodes[] = {\n')
        f.write(lines(f'{{{a},{b},{c},{number(d)}}},' for a, b, c, d in nodes))
        f.write('\n};\nconstexpr float kLeaves[] = {\n')
        f.write(lines(f'{number(v, 3)},' for v in leaves))
        f.write('\n};\nconstexpr std::uint8_t kLeavesOfTree[] = {\n')
        f.write(lines(f'{count},' for count in counts))
        f.write('\n};\n// clang-format on\n\n}  // namespace\n\n'
                f'TreeTable {name}() {{ return {{kNodes, kLeaves, kLeavesOfTree}}; }}\n\n'
                '}  // namespace muai\n')


def write_words(path, name, weights):
    with open(path, 'w', encoding='utf-8') as f:
        f.write('// Generated by tools/train_extraction.py: do not edit.\n\n'
                '#include "document/html_words.h"\n\nnamespace muai {\nnamespace {\n\n'
                '// clang-format off\nconstexpr std::string_view kWords[] = {\n')
        items = sorted((word.encode(), weight) for word, weight in weights.items())
        f.write(lines((f'{word.decode()}={weight} ' for word, weight in items), '    "', '",'))
        f.write('\n};\n// clang-format on\n\n}  // namespace\n\n'
                f'std::span<const std::string_view> {name}_word_lines() {{ return kWords; }}\n\n'
                '}  // namespace muai\n')


if __name__ == '__main__':
    a = argparse.ArgumentParser()
    a.add_argument('features')
    a.add_argument('truth')
    a.add_argument('--out',
                   help='folder for html_model_{first,type,second}.cpp, html_words_{name,text}.cpp')
    a.add_argument('--cross-validated')
    a = a.parse_args()
    pages = load(a.features, a.truth)
    add_words(pages)
    if a.cross_validated:
        kept = cross_validate(pages)
        with open(a.cross_validated, 'w', encoding='utf-8') as f:
            for p in pages:
                text = '\n\n'.join(b['text'] for b, k in zip(p.blocks, kept[p.row['id']]) if k)
                f.write(json.dumps({'id': p.row['id'], 'text': text}) + '\n')
    if a.out:
        for name, model in zip(('first', 'type', 'second'), train(pages)):
            write_table(f'{a.out}/html_model_{name}.cpp', f'{name}_table', model)
        for name, words_of in (('name', words_of_names), ('text', words_of_text)):
            write_words(f'{a.out}/html_words_{name}.cpp', name, word_weights(pages, words_of))
