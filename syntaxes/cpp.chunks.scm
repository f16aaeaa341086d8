; C goes through this grammar too.
(function_definition declarator: (function_declarator declarator: (_) @name)) @function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name))) @function
(function_definition
  declarator: (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name)))) @function
(function_definition declarator: (reference_declarator (function_declarator declarator: (_) @name))) @function
(function_definition declarator: (operator_cast) @name) @function

(namespace_definition name: (_) @name) @scope
(class_specifier name: (_) @name body: (_)) @class
(struct_specifier name: (_) @name body: (_)) @class
(union_specifier name: (_) @name body: (_)) @class
(enum_specifier name: (_) @name body: (_)) @enum
(concept_definition name: (_) @name) @type
(alias_declaration name: (_) @name) @type.minor
(type_definition type: (struct_specifier body: (_)) declarator: (_) @name) @class
(type_definition type: (union_specifier body: (_)) declarator: (_) @name) @class
(type_definition type: (enum_specifier body: (_)) declarator: (_) @name) @enum
(type_definition declarator: (type_identifier) @name) @type.minor
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (_) @name)))) @type.minor

(preproc_function_def name: (_) @name) @function
(preproc_def name: (_) @name value: (_)) @constant.minor

; Prototypes and globals of the file.
(declaration declarator: (function_declarator declarator: [(identifier) (qualified_identifier)] @name)) @function.minor
(declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @function.minor
(translation_unit (declaration declarator: (init_declarator declarator: (_) @name)) @constant.minor)
(namespace_definition body: (declaration_list (declaration declarator: (init_declarator declarator: (_) @name)) @constant.minor))
