r"""What TeX from a model may be typeset: a list of what is known to stay in its place.

A typesetter obeys: `\rule` draws a bar over the page, `\href` links, `\def` changes every later
formula of the notebook or never ends. So a formula is typeset only when each of its commands is
on the list; any other is shown as its source. The names are those of LaTeX and amsmath that
MathJax 2.7 (nbconvert) and 3 (JupyterLab) share, without those that take a length, a style, an
address, an identifier or a definition, and those that overlay.
"""

from __future__ import annotations

import re

MAX_CHARS = 2_000
"""A formula of this length fills a screen; a longer one is shown as its source."""

_MAX_DEPTH = 15
_MAX_BACKSPACES = 8
"""So many thin spaces backwards tighten a formula; more would move it over its neighbours."""

_GREEK = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu
xi omicron pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega digamma
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_SIGNS = """
pm mp times div cdot ast star circ bullet oplus ominus otimes oslash odot dagger ddagger amalg cap
cup uplus sqcap sqcup vee wedge lor land setminus wr diamond triangle triangledown triangleleft
triangleright bigcirc bigtriangleup bigtriangledown leq le geq ge neq ne ll gg equiv sim simeq
approx approxeq cong propto prec succ preceq succeq subset supset subseteq supseteq subsetneq
supsetneq sqsubseteq sqsupseteq in notin ni vdash dashv models perp mid nmid parallel nparallel
asymp doteq bowtie smile frown lll ggg leqslant geqslant lesssim gtrsim lessgtr nleq ngeq nless
ngtr nsubseteq nsupseteq coloneqq eqqcolon triangleq bumpeq vDash Vdash nvdash
infty partial nabla forall exists nexists emptyset varnothing neg lnot top bot angle measuredangle
hbar hslash ell wp Re Im imath jmath aleph beth gimel daleth prime backprime surd flat natural
sharp clubsuit diamondsuit heartsuit spadesuit square Box Diamond blacksquare lozenge bigstar
checkmark complement eth mho therefore because degree
cdots ldots dots dotsc dotsb dotsm dotsi dotso vdots ddots colon cdotp ldotp
lbrace rbrace lbrack rbrack langle rangle lvert rvert lVert rVert vert Vert lceil rceil lfloor
rfloor lgroup rgroup lmoustache rmoustache ulcorner urcorner llcorner lrcorner backslash
"""
_ARROWS = """
to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow uparrow downarrow
updownarrow Uparrow Downarrow Updownarrow longleftarrow longrightarrow longleftrightarrow
Longleftarrow Longrightarrow Longleftrightarrow mapsto longmapsto hookleftarrow hookrightarrow
leftharpoonup rightharpoonup leftharpoondown rightharpoondown rightleftharpoons
leftrightharpoons rightleftarrows leftrightarrows nearrow searrow swarrow nwarrow iff implies
impliedby nrightarrow nleftarrow nRightarrow nLeftarrow rightsquigarrow leadsto twoheadrightarrow
xrightarrow xleftarrow
"""
_OPERATORS = """
sum prod coprod int iint iiint oint bigcap bigcup bigsqcup bigvee bigwedge bigodot bigotimes
bigoplus biguplus arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg
lim liminf limsup ln log max min Pr sec sin sinh sup tan tanh varlimsup varliminf injlim projlim
operatorname limits nolimits mod bmod pmod pod
"""
_BUILDERS = """
frac dfrac tfrac cfrac binom dbinom tbinom sqrt overline underline hat widehat tilde widetilde bar
vec dot ddot dddot acute grave check breve mathring overrightarrow overleftarrow
overleftrightarrow underrightarrow underleftarrow overbrace underbrace overset underset stackrel
substack boxed not cancel bcancel xcancel tag notag nonumber
left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm
Biggm over choose atop
text textrm textbf textit textsf texttt textnormal mbox mathrm mathbf mathit mathsf mathtt mathcal
mathscr mathbb mathfrak mathnormal boldsymbol bm pmb rm bf it sf tt cal
displaystyle textstyle scriptstyle scriptscriptstyle mathop mathbin mathrel mathord mathopen
mathclose mathpunct mathinner phantom hphantom vphantom quad qquad thinspace medspace thickspace
enspace space negthinspace hline cr begin end
"""
_NAMES = frozenset(f"{_GREEK} {_SIGNS} {_ARROWS} {_OPERATORS} {_BUILDERS}".split())
_CHARS = frozenset(",;:!> \n|{}$%&#_\\")
_MATRICES = """
align align* aligned alignedat alignat alignat* array bmatrix Bmatrix cases dcases eqnarray
eqnarray* equation equation* gather gather* gathered matrix multline multline* pmatrix rcases
smallmatrix split vmatrix Vmatrix
"""
_ENVIRONMENTS = frozenset(_MATRICES.split())
_COMMAND = re.compile(r"\\([A-Za-z]+|[\s\S]|\Z)")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)(?![A-Za-z])\s*(?:\{([^{}]*)\})?")
_ARRAY = re.compile(r"\\begin\s*\{array\}(?!\s*(?:\[[tcb]\])?\s*\{[lcr|: ]{1,40}\})")
_ROW_GAP = re.compile(r"\\\\\s*\*?\s*\[(?!\s*\d(?:\.\d)?\d?\s*(?:pt|mm|ex)\s*\])")
_BACKSPACE = re.compile(r"\\(?:!|negthinspace)")
_PIECE = re.compile(r"\\[\s\S]|[{}]")


def is_safe(source: str) -> bool:
    r"""Tell whether a formula, without its delimiters, may be given to a typesetter.

    >>> is_safe(r"\frac{a_i}{2} + \alpha")
    True
    >>> is_safe(r"\rule{9999em}{9999em}")
    False
    """
    return (
        len(source) <= MAX_CHARS
        and all(map(is_known, _COMMAND.findall(source)))
        and all(name in _ENVIRONMENTS for name in _ENVIRONMENT.findall(source))
        and not _ARRAY.search(source)
        and not _ROW_GAP.search(source)
        and len(_BACKSPACE.findall(source)) <= _MAX_BACKSPACES
        and _is_balanced(source)
    )


def is_known(command: str) -> bool:
    """Tell whether a command, without its backslash, is one that stays in its place."""
    return command in _NAMES or command in _CHARS


def _is_balanced(source: str) -> bool:
    """Tell whether every brace is closed and none stands too deep."""
    depth = 0
    for piece in _PIECE.findall(source):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        if not 0 <= depth <= _MAX_DEPTH:
            return False
    return depth == 0
