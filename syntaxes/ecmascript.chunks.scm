; What JavaScript and TypeScript share.

(function_declaration name: (_) @name) @function
(generator_function_declaration name: (_) @name) @function
(class_declaration name: (_) @name) @class
(method_definition name: (_) @name) @method

; export default function () {}, export default class {}, export default { ... }
((export_statement value: [(function_expression) (arrow_function)]) @function (#set! name "default"))
((export_statement value: (class)) @class (#set! name "default"))
((export_statement value: [(object) (call_expression) (array)]) @constant (#set! name "default"))

; const f = () => {}
(lexical_declaration
  (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression) (generator_function)])) @function
(variable_declaration
  (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression) (generator_function)])) @function
(lexical_declaration (variable_declarator name: (identifier) @name value: (class))) @class
(variable_declaration (variable_declarator name: (identifier) @name value: (class))) @class

; const f = debounce(() => {}), const useStore = create((set) => ({}))
(program (lexical_declaration
  (variable_declarator name: (identifier) @name
    value: (call_expression arguments: (arguments [(arrow_function) (function_expression)])))) @function)
(program (export_statement (lexical_declaration
  (variable_declarator name: (identifier) @name
    value: (call_expression arguments: (arguments [(arrow_function) (function_expression)])))) @function))

; app.use = function use() {}, module.exports = class {}
(expression_statement
  (assignment_expression left: (_) @name right: [(arrow_function) (function_expression) (generator_function)])) @function
(expression_statement (assignment_expression left: (_) @name right: (class))) @class
(program (expression_statement (assignment_expression left: (member_expression) @name right: (object))) @constant)

; { name: function () {} } in an object literal
(pair key: (_) @name value: [(arrow_function) (function_expression) (generator_function)]) @method

; Constants of the file.
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name)) @constant.minor
  (variable_declaration (variable_declarator name: (identifier) @name)) @constant.minor
])
(program (export_statement [
  (lexical_declaration (variable_declarator name: (identifier) @name)) @constant.minor
  (variable_declaration (variable_declarator name: (identifier) @name)) @constant.minor
]))

; Tests: describe('...', () => {}), it('...', () => {})
((expression_statement
  (call_expression
    function: [(identifier) @_callee (member_expression object: (identifier) @_callee)]
    arguments: (arguments . [(string) (template_string)] @name [(arrow_function) (function_expression)]))) @function
  (#match? @_callee "^(it|test|specify|bench|fit|xit)$"))
((expression_statement
  (call_expression
    function: [(identifier) @_callee (member_expression object: (identifier) @_callee)]
    arguments: (arguments . [(string) (template_string)] @name [(arrow_function) (function_expression)]))) @scope
  (#match? @_callee "^(describe|suite|context|fdescribe|xdescribe)$"))
