"""Making the model: `ottit model train | export | evaluate | card`. What training needs is locked in this folder."""
