#!/usr/bin/env python3
"""Train the two tables of trees that choose the content blocks of a page.

  train_extraction.py FEATURES.jsonl TRUTH.jsonl [--out src/document]
                      [--cross-validated predictions.jsonl]

FEATURES comes from bench_extraction_features. TRUTH has one page a line: "id", and either "body"
(the expected text) or "with"/"without" (segments that must and must not occur). Needs numpy and
lightgbm. The first table sees each block alone; the second also sees what the first said about the
block's neighbours and container. Cross-validated predictions come from models that never saw the
page nor another page of its site, so their scores are honest.
"""
import argparse, collections, json, re, urllib.parse, zlib
import numpy as np
import lightgbm as lgb

WORD = re.compile(r'\w+', re.U)
FOLDS = 5
SHARED = dict(objective='binary', verbose=-1, num_threads=1, seed=1, deterministic=True,
              force_row_wise=True, max_bin=63)
FIRST = dict(SHARED, num_leaves=22, learning_rate=0.08, min_data_in_leaf=60, feature_fraction=0.3,
             bagging_fraction=0.7, bagging_freq=1, lambda_l2=5.0)
SECOND = dict(FIRST, num_leaves=16, min_data_in_leaf=80)
ROUNDS = (112, 110)


def words(text):
    return WORD.findall((text or '').lower())


class Page:
    pass


def label_body(blocks, body):
    """Label in {0, 1, nan} and weight of each block: is it part of the expected text?"""
    gold = words(body)
    grams = {n: set(tuple(gold[i:i + n]) for i in range(len(gold) - n + 1)) for n in range(1, 5)}
    labels = np.full(len(blocks), np.nan)
    size = np.array([len(words(b['text'])) for b in blocks], float)
    short = []
    for i, b in enumerate(blocks):
        w = words(b['text'])
        if not w:
            continue
        n = min(4, len(w))
        found = [tuple(w[k:k + n]) in grams[n] for k in range(len(w) - n + 1)]
        share = sum(found) / len(found)
        if len(w) >= 4:
            labels[i] = 1.0 if share >= 0.5 else 0.0
        else:
            short.append((i, share == 1.0))
    for i, found in short:  # a short block is content only beside content
        near = [labels[k] for k in range(max(0, i - 3), min(len(blocks), i + 4))
                if k != i and size[k] >= 4 and not np.isnan(labels[k])]
        labels[i] = 1.0 if found and near and max(near) == 1.0 else 0.0
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
        p.x = np.array([b['x'] for b in p.blocks], np.float32)
        for b in p.blocks:
            del b['x']
        if not p.blocks:
            continue
        if p.row.get('body'):
            p.y, p.w = label_body(p.blocks, p.row['body'])
            p.w /= max(1.0, np.sum(p.w[p.y == 1])) ** 0.5
            if p.row['set'] == 'aeb':
                p.w *= 2
        else:
            p.y, p.w = label_segments(p.blocks, p.row)
            p.w /= max(1.0, np.sum(~np.isnan(p.y)) * 4.0) ** 0.5
        host = urllib.parse.urlsplit(p.row.get('url') or p.row['id']).hostname or p.row['id']
        p.fold = zlib.crc32('.'.join(host.split('.')[-2:]).encode()) % FOLDS
        pages.append(p)
    return pages


def neighbour_features(page, p):
    """Must equal second_row() in html_main.cpp."""
    n = len(p)
    sizes = np.array([len(b['text'].encode()) for b in page.blocks], float)
    weight = np.minimum(sizes, 400)
    sums = {}
    for key in ('node', 'parent', 'section'):
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
    out = np.zeros((n, 19), np.float32)
    for i, b in enumerate(page.blocks):
        f = [p[i]]
        for d in (-3, -2, -1, 1, 2, 3):
            f.append(p[i + d] if 0 <= i + d < n else -1.0)
        for radius in (3, 8):
            lo, hi = max(0, i - radius), min(n, i + radius + 1)
            f.append(float(np.sum((weight * p)[lo:hi]) / max(1.0, np.sum(weight[lo:hi]))))
        for key in ('node', 'parent', 'section'):
            t = sums[key][b[key]]
            f += [t[0] / max(1.0, t[1]), t[2]]
        f.append(total)
        f.append(kept[i] / all_kept)
        f.append(np.log2(1 + all_kept))
        f.append(float(np.max(p)))
        out[i] = f
    return out


def fit(pages, xs, params, rounds):
    x = np.concatenate(xs)
    y = np.concatenate([p.y for p in pages])
    w = np.concatenate([p.w for p in pages])
    m = ~np.isnan(y) & (w > 0)
    return lgb.train(params, lgb.Dataset(x[m], y[m], weight=w[m]), rounds)


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


def second_x(page, p):
    return np.hstack([page.x, neighbour_features(page, p)])


def train(pages):
    first_p = stacked(pages, range(FOLDS))
    first = fit(pages, [p.x for p in pages], FIRST, ROUNDS[0])
    second = fit(pages, [second_x(p, q) for p, q in zip(pages, first_p)], SECOND, ROUNDS[1])
    return first, second


def cross_validate(pages):
    """Probability of every block of every page, from models trained on the other folds."""
    first_p = stacked(pages, range(FOLDS))
    xs = [second_x(p, q) for p, q in zip(pages, first_p)]
    out = {}
    for k in range(FOLDS):
        rest = [i for i, p in enumerate(pages) if p.fold != k]
        second = fit([pages[i] for i in rest], [xs[i] for i in rest], SECOND, ROUNDS[1])
        for i, p in enumerate(pages):
            if p.fold == k:
                out[p.row['id']] = second.predict(xs[i])
    return out


def flatten(tree, nodes):
    """Preorder: the left child follows its parent, `right` is the distance to the other one."""
    at = len(nodes)
    if 'leaf_value' in tree:
        nodes.append((-1, 0, tree['leaf_value']))
        return
    nodes.append(None)
    flatten(tree['left_child'], nodes)
    right = len(nodes) - at
    flatten(tree['right_child'], nodes)
    nodes[at] = (tree['split_feature'], right, tree['threshold'])


def number(value, digits=4):
    text = f'{value:.{digits}g}'
    return text.replace('0.', '.', 1) if text.lstrip('-').startswith('0.') else text


def write_table(path, name, model):
    nodes, roots = [], []
    for tree in model.dump_model()['tree_info']:
        roots.append(len(nodes))
        flatten(tree['tree_structure'], nodes)
    def lines(items):
        out, line = [], '    '
        for item in items:
            if len(line) + len(item) > 100:
                out.append(line)
                line = '    '
            line += item
        return '\n'.join(out + [line])
    with open(path, 'w', encoding='utf-8') as f:
        f.write('// Generated by tools/train_extraction.py: do not edit.\n\n'
                '#include "document/html_model.h"\n\nnamespace muai {\nnamespace {\n\n'
                '// The numbers are rounded, and meant to be.\n'
                '#pragma clang diagnostic ignored "-Wimplicit-float-conversion"\n'
                '// clang-format off\nconstexpr TreeNode kNodes[] = {\n')
        f.write(lines(f'{{{a},{b},{number(c, 3 if a < 0 else 4)}}},' for a, b, c in nodes))
        f.write('\n};\nconstexpr std::uint16_t kRoots[] = {\n')
        f.write(lines(f'{r},' for r in roots))
        f.write('\n};\n// clang-format on\n\n}  // namespace\n\n'
                f'TreeTable {name}() {{ return {{kNodes, kRoots}}; }}\n\n}}  // namespace muai\n')


if __name__ == '__main__':
    a = argparse.ArgumentParser()
    a.add_argument('features')
    a.add_argument('truth')
    a.add_argument('--out', help='folder for html_model_{first,second}.cpp')
    a.add_argument('--cross-validated')
    a.add_argument('--threshold', type=float, default=0.5)
    a = a.parse_args()
    pages = load(a.features, a.truth)
    if a.cross_validated:
        import pickle
        scores = cross_validate(pages)
        pickle.dump(scores, open(a.cross_validated + '.pkl', 'wb'))
        with open(a.cross_validated, 'w', encoding='utf-8') as f:
            for p in pages:
                s = scores[p.row['id']]
                text = '\n\n'.join(b['text'] for b, v in zip(p.blocks, s) if v >= a.threshold)
                f.write(json.dumps({'id': p.row['id'], 'text': text}) + '\n')
    if a.out:
        first, second = train(pages)
        write_table(a.out + '/html_model_first.cpp', 'first_table', first)
        write_table(a.out + '/html_model_second.cpp', 'second_table', second)
