(function_definition name: (_) @name) @function
(class_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @interface
(trait_declaration name: (_) @name) @class
(enum_declaration name: (_) @name) @enum
(method_declaration name: (_) @name body: (_)) @method
(namespace_definition name: (_) @name body: (_)) @scope
(program (const_declaration (const_element (name) @name)) @constant.minor)
(program (expression_statement (assignment_expression left: (variable_name) @name right: [(anonymous_function) (arrow_function)])) @function)
