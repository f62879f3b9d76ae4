"""Tell what is in force, who decided it, and who lost: of every setting, variable and pair of environments."""
