"""The paper's human test: pairs of pictures, rules, answers and figures. Nothing of the page."""
