import type { Declaration } from './declaration.ts'

export interface DeclarationPattern {
  kind: Declaration['kind']
  /** Group `name`, and where the line names it, `container`. */
  match: RegExp
  /** Name where the line has none. */
  name?: string
  minor?: boolean
  /** The declaration is this line alone. */
  oneLine?: boolean
}

export interface PatternSyntax {
  /** The first that matches a line counts. */
  patterns: DeclarationPattern[]
  /** Lines of annotations that stand before a declaration. */
  leading?: RegExp
}

type Kind = Declaration['kind']
const one = (kind: Kind, match: RegExp): DeclarationPattern => ({ kind, match })
const minor = (kind: Kind, match: RegExp): DeclarationPattern => ({ kind, match, minor: true })

const ANNOTATION = /^\s*@\w/

const curly: PatternSyntax = {
  leading: /^\s*(@\w|\[\w)/,
  patterns: [
    one(
      'class',
      /^\s*(?:[\w@]+\s+)*(?:class|struct|union|trait|protocol|actor|object|contract|library|module|mixin|extension)\s+(?<name>\w+)/,
    ),
    one('interface', /^\s*(?:\w+\s+)*interface\s+(?<name>\w+)/),
    one('enum', /^\s*(?:\w+\s+)*enum\s+(?:class\s+)?(?<name>\w+)/),
    one('function', /^\s*(?:[\w@]+\s+)*(?:function|func|fun|fn|def|sub|proc|modifier)\s+(?<name>\w+)/),
    one('function', /^\s*(?:[\w<>[\],.*&?]+\s+)+\*?(?<name>[\w:~]+)\s*\([^;]*\)[^;]*\{\s*$/),
  ],
}

const haskellLike: PatternSyntax = {
  patterns: [
    one('class', /^class\s+(?:.*=>\s*)?(?<name>[A-Z][\w']*)/),
    one('class', /^instance\s+(?:.*=>\s*)?(?<name>[A-Z][\w'.]*(?:\s[^=]*?)?)\s*(?:where|$)/),
    one('type', /^(?:data|newtype)\s+(?:family\s+|instance\s+)?(?:.*=>\s*)?(?<name>[A-Z][\w']*)/),
    minor('type', /^type\s+(?:family\s+|instance\s+|alias\s+)?(?<name>[A-Z][\w']*)/),
    one('function', /^(?<name>[a-z_][\w']*|\([^\w\s()]+\))(?:\s*,\s*[a-z_][\w']*)*\s*(?:::|:\s)/),
    // At the left edge every small name but these begins an equation.
    one(
      'function',
      /^(?!(?:module|import|infix[lr]?|deriving|where|foreign|pattern|type|port|effect)\b)(?<name>[a-z_][\w']*)(?:\s|$)/,
    ),
  ],
}

const mlLike: PatternSyntax = {
  leading: /^\s*\[<?@?/,
  patterns: [
    one('class', /^\s*(?:module|class|class type|module type)\s+(?:rec\s+|type\s+)?(?<name>[A-Z]\w*)/),
    one(
      'type',
      /^\s*(?:type|and|exception)\s+(?:(?:private|nonrec)\s+)?(?:\([^)]*\)\s*|'\w+\s+)?(?<name>\w+)[^=]*=?\s*(?:$|[^=])/,
    ),
    one('function', /^\s{0,4}(?:let|and|val|external)\s+(?:rec\s+|inline\s+|private\s+)*(?<name>[\w']+)/),
    one(
      'method',
      /^\s*(?:static\s+)?(?:member|override|abstract|default|method)\s+(?:private\s+)?(?:\w+\.)?(?<name>\w+)/,
    ),
  ],
}

const lispLike: PatternSyntax = {
  patterns: [
    one(
      'class',
      /^\s*\((?:defprotocol|defrecord|deftype|definterface|defclass|defstruct|cl-defstruct|struct)\s+\(?(?<name>[^\s()]+)/,
    ),
    one(
      'function',
      /^\s*\((?:defn-?|defun|defmacro|defmulti|defmethod|defgeneric|deftest|define-macro|cl-defun|defsubst|defspec|s\/defn)\s+(?:\^\S+\s+)*(?<name>[^\s()]+)/,
    ),
    one('function', /^\((?:define|define-syntax)\s+\((?<name>[^\s()]+)/),
    minor(
      'constant',
      /^\((?:def|defonce|define|defvar|defconst|defcustom|defparameter|ns)\s+(?:\^\S+\s+)*(?<name>[^\s()]+)/,
    ),
  ],
}

const scriptTags: PatternSyntax = {
  patterns: [
    one('function', /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\*?\s+(?<name>[\w$]+)/),
    one(
      'function',
      /^\s*(?:export\s+)?(?:const|let)\s+(?<name>[\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:\([^)]*\)|[\w$]+)\s*(?::[^=]+)?=>/,
    ),
    one('class', /^\s*(?:export\s+)?class\s+(?<name>[\w$]+)/),
    one('method', /^\s{2,6}(?:async\s+)?(?<name>[\w$]+)\s*\([^)]*\)\s*\{\s*$/),
    one('scope', /^<(?:script|style|template)\b(?<name>)/),
  ],
}

const styleSheet: PatternSyntax = {
  patterns: [
    one('function', /^\s*@(?:mixin|function)\s+(?<name>[\w-]+)/),
    minor('block', /^(?<name>[^\s{}/@][^{}]*?)\s*[{,]\s*$/),
    minor('block', /^(?<name>@(?:media|keyframes|supports|layer|include|font-face)[^{]*?)\s*\{/),
  ],
}

const interfaceDefinition: PatternSyntax = {
  patterns: [
    one('class', /^\s*(?:message|struct|union|exception|model|extend)\s+(?<name>[\w.]+)/),
    one('interface', /^\s*service\s+(?<name>\w+)/),
    one('enum', /^\s*enum\s+(?<name>\w+)/),
    minor('method', /^\s*rpc\s+(?<name>\w+)/),
    one('type', /^\s*(?:type|typedef|input|scalar|interface|datasource|generator|directive|fragment)\s+@?(?<name>\w+)/),
    one('function', /^\s*(?:query|mutation|subscription)\s+(?<name>\w+)/),
  ],
}

const pythonLike: PatternSyntax = {
  leading: ANNOTATION,
  patterns: [
    one('class', /^\s*class(?:_name)?\s+(?<name>\w+)/),
    one('function', /^\s*(?:static\s+)?(?:def|func)\s+(?<name>\w+)/),
    minor('constant', /^(?<name>[A-Z_][A-Z0-9_]*)\s*=/),
  ],
}

/** Column 0 only: for what the grammar could not read, not instead of it. */
const cLike: PatternSyntax = {
  patterns: [
    one('class', /^(?:template\s*<.*>\s*)?(?:class|struct|union)\s+(?:[A-Z][A-Z0-9_]*\s+)?(?<name>\w+)[^;()]*$/),
    one(
      'function',
      /^(?!(?:else|return|typedef|using|if|for|while|switch|extern|namespace)\b)(?:[\w*&<>:,[\]]+\s+)+[*&]*(?<name>[\w:~]+)\s*\([^;{}]*(?:\{.*|,\s*|\)[\w\s]*)$/,
    ),
  ],
}

/** Languages without a grammar, and C for what its grammar cannot read, by VS Code's id. */
export const PATTERNS: Record<string, PatternSyntax> = {
  c: cLike,
  cpp: cLike,
  scala: {
    leading: ANNOTATION,
    patterns: [
      one('interface', /^\s*(?:[\w[\]]+\s+)*?trait\s+(?<name>\w+)/),
      one('enum', /^\s*(?:\w+\s+)*?enum\s+(?<name>\w+)/),
      one(
        'class',
        /^\s*(?:(?:abstract|final|sealed|implicit|private|protected|case|lazy|open|override|package|inline|transparent)(?:\[\w+\])?\s+)*(?:class|object)\s+(?<name>\w+)/,
      ),
      one(
        'function',
        /^\s*(?:(?:override|final|implicit|private|protected|inline|transparent|lazy|abstract|sealed)(?:\[\w+\])?\s+|@\w+(?:\([^)]*\))?\s+)*def\s+(?<name>`[^`]+`|[^\s([:=]+)/,
      ),
      one('class', /^\s*(?:given|implicit\s+object)\s+(?<name>\w+)/),
      one(
        'constant',
        /^\s{0,2}(?:(?:override|final|implicit|private|protected|lazy)(?:\[\w+\])?\s+)*(?:implicit\s+(?:lazy\s+)?val|implicit\s+final\s+val)\s+(?<name>\w+)/,
      ),
      minor('type', /^\s*(?:(?:private|protected|final|override|opaque)(?:\[\w+\])?\s+)*type\s+(?<name>\w+)/),
      minor('constant', /^(?:(?:private|protected|final|lazy)(?:\[\w+\])?\s+)*val\s+(?<name>\w+)/),
    ],
  },
  kotlin: {
    leading: ANNOTATION,
    patterns: [
      one(
        'interface',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|internal|protected|sealed|expect|actual|fun)\s+)*interface\s+(?<name>\w+)/,
      ),
      one('enum', /^\s*(?:\w+\s+)*enum\s+class\s+(?<name>\w+)/),
      one(
        'class',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|internal|protected|abstract|open|final|sealed|data|inner|value|annotation|expect|actual|external|inline)\s+)*(?:class|object)\s+(?<name>\w+)/,
      ),
      {
        kind: 'class',
        match: /^\s*(?:(?:public|private|internal)\s+)*companion\s+object\s*(?<name>\w+)?\s*[{:]/,
        name: 'Companion',
      },
      one(
        'function',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|internal|protected|abstract|open|override|final|inline|suspend|operator|infix|tailrec|external|expect|actual|noinline|crossinline)\s+)*fun\s+(?:<[^(]*>\s*)?(?:(?<container>[A-Z]\w*)(?:<[^(]*>)?\??\.)?(?<name>`[^`]+`|[\w.]+)\s*\(/,
      ),
      minor('type', /^\s*(?:\w+\s+)*typealias\s+(?<name>\w+)/),
      minor(
        'constant',
        /^(?:(?:public|private|internal|const|lateinit|override|actual|expect|inline)\s+)*va[lr]\s+(?:<[^>]*>\s*)?(?:\w+(?:<[^>]*>)?\??\.)?(?<name>\w+)/,
      ),
    ],
  },
  swift: {
    leading: ANNOTATION,
    patterns: [
      one(
        'interface',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|fileprivate|internal|open)\s+)*protocol\s+(?<name>\w+)/,
      ),
      one(
        'enum',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|fileprivate|internal|open|indirect|final)\s+)*enum\s+(?<name>\w+)/,
      ),
      one(
        'class',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|fileprivate|internal|open|final|distributed)\s+)*(?:class|struct|actor|extension)\s+(?!func\b|var\b|let\b|subscript\b)(?<name>[\w.]+)/,
      ),
      one(
        'function',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|fileprivate|internal|open|final|static|class|override|mutating|nonmutating|nonisolated|prefix|postfix|infix|isolated|required|convenience|async|consuming|borrowing)(?:\(set\))?\s+)*func\s+(?<name>\w+|[^\s(\w]+)/,
      ),
      one(
        'function',
        /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|private|fileprivate|internal|required|convenience|override|nonisolated)\s+)*(?<name>init|deinit|subscript)[?!]?\s*[<({]/,
      ),
      minor('type', /^\s*(?:(?:public|private|fileprivate|internal)\s+)*(?:typealias|associatedtype)\s+(?<name>\w+)/),
      one(
        'function',
        /^\s*(?:(?:public|private|fileprivate|internal|open|final|static|class|override|lazy)\s+)*var\s+(?<name>\w+)\s*:[^={]*\{\s*$/,
      ),
    ],
  },
  elixir: {
    leading: /^\s*@(?:doc|moduledoc|spec|impl|typedoc|tag|deprecated|decorate|callback|since)\b/,
    patterns: [
      one('class', /^\s*(?:defmodule|defprotocol)\s+(?<name>[\w.]+)/),
      one('class', /^\s*defimpl\s+(?<name>[\w.]+)/),
      one(
        'function',
        /^\s*(?:def|defp|defmacro|defmacrop|defguard|defguardp|defdelegate|defn)\s+(?<name>[\w?!]+|[^\s\w(]+)/,
      ),
      one('function', /^\s*test\s+(?<name>"(?:[^"\\]|\\.)*")/),
      one('scope', /^\s*describe\s+(?<name>"(?:[^"\\]|\\.)*")/),
      minor('type', /^\s*@(?:type|typep|opaque|callback|macrocallback)\s+(?<name>\w+)/),
      minor('type', /^\s*(?:defstruct|defexception)\b(?<name>)/),
    ],
  },
  erlang: {
    leading: /^-(?:spec|doc)\b/,
    patterns: [
      one('function', /^(?<name>[a-z]\w*)\s*\(/),
      minor('type', /^-(?:type|opaque|record|callback)\s*\(?\s*(?<name>\w+)/),
      minor('constant', /^-define\s*\(\s*(?<name>\w+)/),
    ],
  },
  haskell: haskellLike,
  elm: haskellLike,
  purescript: haskellLike,
  lua: {
    patterns: [
      one('function', /^\s*(?:local\s+)?function\s+(?<name>[\w.:]+)/),
      one('function', /^\s*(?:local\s+)?(?<name>[\w.]+)\s*=\s*function\b/),
      one('function', /^\s*(?<name>[\w.]+)\s*=\s*[\w.]+\(\s*function\b/),
      minor('constant', /^(?:local\s+)?(?<name>[\w.]+)\s*=\s*\S/),
      one('function', /^\s*(?:describe|it)\s*\(\s*(?<name>"[^"]*"|'[^']*')/),
    ],
  },
  zig: {
    patterns: [
      one(
        'function',
        /^\s*(?:pub\s+)?(?:export\s+|extern\s+(?:"[^"]*"\s+)?|inline\s+|noinline\s+)*fn\s+(?<name>@"[^"]*"|\w+)/,
      ),
      one('class', /^\s*(?:pub\s+)?const\s+(?<name>\w+)\s*=\s*(?:extern\s+|packed\s+)?(?:struct|union|opaque)\b/),
      one('enum', /^\s*(?:pub\s+)?const\s+(?<name>\w+)\s*=\s*(?:enum|error)\b/),
      one('function', /^\s*test\s+(?<name>"(?:[^"\\]|\\.)*"|\w+)/),
      minor('constant', /^(?:pub\s+)?(?:const|var|threadlocal var)\s+(?<name>\w+)/),
    ],
  },
  dart: {
    leading: ANNOTATION,
    patterns: [
      one(
        'class',
        /^\s*(?:(?:abstract|base|sealed|final|interface|mixin)\s+)*(?:class|mixin|extension(?:\s+type)?)\s+(?<name>\w+)/,
      ),
      one('enum', /^\s*enum\s+(?<name>\w+)/),
      minor('type', /^\s*typedef\s+(?<name>\w+)/),
      one('method', /^\s+(?:external\s+)?(?:const\s+|factory\s+)+(?<name>[A-Z][\w.]*)\s*\(/),
      one(
        'function',
        /^\s*(?:@override\s+)?(?:(?:external|static|final|late|abstract|covariant)\s+)*(?:[\w.]+(?:<[^(=;]*>)?\??\s+)(?:get\s+|set\s+)?(?<name>\w+)\s*(?:<[^(=;]*>)?\s*\((?!.*;\s*$)/,
      ),
      one('function', /^\s*(?:(?:external|static)\s+)*[\w.]+(?:<[^(=;]*>)?\??\s+get\s+(?<name>\w+)\s*(?:=>|\{|async)/),
      one('method', /^\s{2}(?<name>[A-Z]\w*(?:\.\w+)?)\(.*[{:,(]\s*$/),
    ],
  },
  groovy: curly,
  'objective-c': {
    patterns: [
      one('class', /^\s*@(?:interface|implementation)\s+(?<name>\w+)/),
      one('interface', /^\s*@protocol\s+(?<name>\w+)[^;]*$/),
      one('method', /^\s*[-+]\s*\([^)]*\)\s*(?<name>\w+)/),
      ...curly.patterns,
    ],
  },
  perl: {
    patterns: [
      one('function', /^\s*(?:async\s+)?(?:sub|method|func)\s+(?<name>[\w:]+)/),
      minor('class', /^\s*(?:package|class|role)\s+(?<name>[\w:]+)/),
    ],
  },
  r: {
    patterns: [
      one('function', /^\s*(?<name>[\w.]+|`[^`]+`)\s*(?:<-|=)\s*function\b/),
      one('class', /^\s*(?<name>[\w.]+)\s*(?:<-|=)\s*(?:R6Class|setRefClass|setClass)\b/),
      one('function', /^\s*test_that\s*\(\s*(?<name>"[^"]*"|'[^']*')/),
      minor('constant', /^(?<name>[\w.]+)\s*<-\s*\S/),
    ],
  },
  julia: {
    leading: /^\s*@\w+\s*$/,
    patterns: [
      one('function', /^\s*(?:@\w+\s+)*(?:function|macro)\s+(?<name>[\w.!]+)/),
      one('class', /^\s*(?:@\w+\s+)*(?:mutable\s+)?struct\s+(?<name>\w+)/),
      one('type', /^\s*(?:abstract|primitive)\s+type\s+(?<name>\w+)/),
      one('scope', /^\s*(?:bare)?module\s+(?<name>\w+)/),
      one(
        'function',
        /^(?=[^=]*=(?!=))(?:@\w+\s+)?(?<name>[\w.!]+)(?:\{[^}]*\})?\([^=]*\)(?:::[^=]+)?\s*(?:where\s+[^=]+)?=(?!=)/,
      ),
      minor('constant', /^(?:const\s+)?(?<name>[A-Z_]\w*)\s*=(?!=)/),
    ],
  },
  ocaml: mlLike,
  fsharp: mlLike,
  clojure: lispLike,
  lisp: lispLike,
  nim: {
    patterns: [
      one('function', /^\s*(?:proc|func|method|iterator|template|macro|converter)\s+(?<name>[\w`]+)/),
      one('class', /^\s+(?<name>\w+)\*?\s*(?:\{[^}]*\}\s*)?=\s*(?:ref\s+)?(?:object|tuple|concept)\b/),
      one('enum', /^\s+(?<name>\w+)\*?\s*(?:\{[^}]*\}\s*)?=\s*enum\b/),
    ],
  },
  crystal: {
    leading: /^\s*@\[/,
    patterns: [
      one('class', /^\s*(?:(?:abstract|private)\s+)*(?:class|struct|module|lib)\s+(?<name>[\w:]+)/),
      one('enum', /^\s*(?:private\s+)?enum\s+(?<name>[\w:]+)/),
      one('function', /^\s*(?:(?:abstract|private|protected)\s+)*(?:def|macro|fun)\s+(?<name>[\w.?!=]+|[^\s\w(]+)/),
    ],
  },
  d: curly,
  v: curly,
  solidity: curly,
  glsl: curly,
  proto3: interfaceDefinition,
  graphql: interfaceDefinition,
  prisma: interfaceDefinition,
  thrift: interfaceDefinition,
  terraform: {
    patterns: [
      one('config', /^(?:resource|data)\s+"[^"]*"\s+(?<name>"[^"]*")/),
      one('config', /^(?:module|variable|output|provider|check)\s+(?<name>"[^"]*")/),
      one('config', /^(?<name>terraform|locals|moved|import|removed)\s*\{/),
    ],
  },
  sql: {
    patterns: [
      one(
        'function',
        /^\s*create\s+(?:or\s+replace\s+)?(?:function|procedure|trigger|aggregate)\s+(?:if\s+not\s+exists\s+)?(?<name>[\w."`[\]]+)/i,
      ),
      one(
        'class',
        /^\s*create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|unlogged|materialized|global|recursive|virtual)\s+)*(?:table|view|type|schema|domain)\s+(?:if\s+not\s+exists\s+)?(?<name>[\w."`[\]]+)/i,
      ),
    ],
  },
  makefile: {
    patterns: [
      one('function', /^define\s+(?<name>\S+)/),
      one('function', /^(?<name>[\w./%$(){}-]+(?:\s+[\w./%$(){}-]+)*)\s*::?(?!=)/),
    ],
  },
  cmake: { patterns: [one('function', /^\s*(?:function|macro)\s*\(\s*(?<name>\w+)/i)] },
  vim: { patterns: [one('function', /^\s*(?:fu|func|function|def)!?\s+(?<name>[\w:.#<>]+)/)] },
  fish: { patterns: [one('function', /^\s*function\s+(?<name>[\w.-]+)/)] },
  nix: { patterns: [minor('constant', /^\s{2}(?<name>[\w.-]+)\s*=/)] },
  scss: styleSheet,
  less: styleSheet,
  vue: scriptTags,
  svelte: scriptTags,
  astro: scriptTags,
  pascal: {
    patterns: [
      one('function', /^\s*(?:class\s+)?(?:procedure|function|constructor|destructor)\s+(?<name>[\w.]+)/i),
      one('class', /^\s*(?<name>\w+)\s*=\s*(?:class|record|interface|object)\b/i),
    ],
  },
  fortran: {
    patterns: [
      one('function', /^\s*(?!end)(?:[\w()]+\s+)*(?:subroutine|function|program)\s+(?<name>\w+)/i),
      one('scope', /^\s*(?!end)module\s+(?!procedure)(?<name>\w+)/i),
      one('class', /^\s*type\s*(?:,[^:]*)?(?:::)?\s*(?<name>\w+)\s*$/i),
    ],
  },
  vb: {
    patterns: [
      one(
        'class',
        /^\s*(?:(?:public|private|friend|partial|mustinherit|notinheritable)\s+)*(?:class|module|structure|interface)\s+(?<name>\w+)/i,
      ),
      one(
        'function',
        /^\s*(?:(?:public|private|friend|protected|shared|overrides|overridable|async|static)\s+)*(?:sub|function|property(?:\s+(?:get|let|set))?)\s+(?<name>\w+)/i,
      ),
    ],
  },
  gdscript: pythonLike,
  starlark: pythonLike,
  coffeescript: {
    patterns: [
      one('class', /^\s*(?:\w[\w.]*\s*=\s*)?class\s+(?<name>[\w.]+)/),
      one('function', /^\s*(?<name>@?[\w.$]+)\s*[:=]\s*(?:\([^)]*\)\s*)?[-=]>/),
    ],
  },
  tcl: { patterns: [one('function', /^\s*(?:proc|method|oo::class\s+create)\s+(?<name>[\w:]+)/)] },
  awk: { patterns: [one('function', /^\s*function\s+(?<name>\w+)/)] },
}
PATTERNS['objective-cpp'] = PATTERNS['objective-c']!
