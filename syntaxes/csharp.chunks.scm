(namespace_declaration name: (_) @name) @scope
(class_declaration name: (_) @name) @class
(struct_declaration name: (_) @name) @class
(record_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @enum
(delegate_declaration name: (_) @name) @type.minor
(method_declaration name: (_) @name) @method
(constructor_declaration name: (_) @name) @method
(destructor_declaration name: (_) @name) @method
(operator_declaration operator: _ @name) @method
(property_declaration name: (_) @name accessors: (accessor_list (accessor_declaration body: (block)))) @method
(indexer_declaration) @method
(local_function_statement name: (_) @name) @function
