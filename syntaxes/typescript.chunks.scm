(abstract_class_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @enum
(type_alias_declaration name: (_) @name) @type.minor
(function_signature name: (_) @name) @function
(internal_module name: (_) @name) @scope
(module name: (_) @name) @scope
(public_field_definition name: (_) @name value: [(arrow_function) (function_expression)]) @method
