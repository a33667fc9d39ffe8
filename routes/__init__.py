"""What a deployment does with requests, told to a person: `python -m routes table` and `explain`.

They read what is declared, through `modules.spec`, and never import cdktf, so that they answer at once. Imported by the
tests alone.
"""
