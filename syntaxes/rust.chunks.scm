(function_item name: (_) @name) @function
(struct_item name: (_) @name) @class
(union_item name: (_) @name) @class
(enum_item name: (_) @name) @enum
(trait_item name: (_) @name) @interface
(impl_item type: (_) @name) @class
(mod_item name: (_) @name body: (_)) @scope
(macro_definition name: (_) @name) @function
(source_file (type_item name: (_) @name) @type.minor)
(mod_item body: (declaration_list (type_item name: (_) @name) @type.minor))
(source_file [(const_item name: (_) @name) @constant.minor (static_item name: (_) @name) @constant.minor])
(mod_item body: (declaration_list [(const_item name: (_) @name) @constant.minor (static_item name: (_) @name) @constant.minor]))
