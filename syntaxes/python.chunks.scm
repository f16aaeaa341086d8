(function_definition name: (_) @name) @function
(class_definition name: (_) @name) @class

(module (expression_statement (assignment left: (identifier) @name)) @constant.minor)
(module (type_alias_statement left: (_) @name) @type.minor)

; Docstrings.
(function_definition body: (block . (expression_statement (string) @doc)))
(class_definition body: (block . (expression_statement (string) @doc)))
